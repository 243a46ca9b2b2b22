import {
	indexLanes,
	laneOf,
	paceOf,
	tokensUntil,
	type LaneKind,
	type NamedRun
} from '$engine/timeline/index.ts';
import type { Area, Mark, Spot } from './draw.ts';
import {
	keptPins,
	laneKey,
	noPins,
	rowsOf,
	toggled,
	usuallyHidden,
	type DrawnRun
} from './rows.ts';
import { panBy, within, zoomAt, type TimeScale } from './scale.ts';
import { searched } from './search.ts';

/** Milliseconds of a run that pass in one second of the reader. */
export const speeds = [0.001, 0.01, 0.1, 0.5, 1, 5, 20, 100, 1000] as const;

/** Seconds that a whole run plays, about, unless another speed is asked for. */
const WHOLE = 15;

/** The speed at which a run of this length plays in about WHOLE seconds. */
export const usualSpeed = (duration: number): number =>
	speeds.find((speed) => duration / speed <= WHOLE * 1.6) ?? speeds.at(-1)!;

/**
 * What lies on a timeline and how one looks at it. All views of a page share one; pixels are not its business,
 * only time. Times in ms.
 */
export class TimelineView {
	/** Replaced, never changed. */
	runs = $state.raw<readonly DrawnRun[]>([]);
	start = $state(0);
	end = $state(1);
	playHead = $state(0);
	playing = $state(false);
	/** The play head has been used: what is later lies under a veil. */
	started = $state(false);
	/** ms of the run a second of the reader. */
	speed = $state(1);
	follow = $state(true);
	/** Where in the view the play head stays while the view follows it, 0..1. */
	followAt = $state(0.75);
	selected = $state.raw<Spot>();
	hovered = $state.raw<Spot>();
	area = $state.raw<Area>();
	marks = $state.raw<readonly Mark[]>([]);
	hidden = $state.raw<ReadonlySet<LaneKind>>(usuallyHidden);
	/** Lanes that stand on top, each by itself: keys of `laneKey`. */
	pinned = $state.raw<ReadonlySet<string>>(noPins);
	query = $state('');
	/** Height of memory and compute lanes, where not the usual one. */
	tall = $state<number>();
	titles = $state(true);

	readonly duration = $derived(
		this.runs.reduce((longest, { timeline }) => Math.max(longest, timeline.duration), 0)
	);
	readonly rows = $derived(
		rowsOf(this.runs, {
			hidden: this.hidden,
			pinned: this.pinned,
			titles: this.titles,
			tall: this.tall
		})
	);
	readonly found = $derived(this.runs.map((run) => searched(run, this.query)));

	/** Shows other runs: all of them, from the start. */
	show(runs: readonly NamedRun[]): void {
		this.pinned = keptPins(this.pinned, this.runs, runs);
		this.runs = runs.map(({ name, timeline }) => ({ name, timeline, lanes: indexLanes(timeline) }));
		this.pause();
		this.playHead = 0;
		this.started = false;
		this.selected = undefined;
		this.hovered = undefined;
		this.area = undefined;
		this.marks = [];
		this.speed = usualSpeed(this.duration);
		this.fit();
	}

	/** The same places in runs that were laid out anew: while a slider is turned. */
	replace(runs: readonly NamedRun[]): void {
		const before = this.duration;
		this.runs = runs.map(({ name, timeline }) => ({ name, timeline, lanes: indexLanes(timeline) }));
		const stretched = before > 0 ? this.duration / before : 1;
		this.playHead *= stretched;
		this.look(this.start * stretched, this.start * stretched + (this.end - this.start));
		this.selected = undefined;
		this.hovered = undefined;
	}

	look(start: number, end: number): void {
		[this.start, this.end] = within(start, end, this.duration);
	}

	fit(): void {
		this.look(0, this.duration);
	}

	/** The view as a scale on these pixels. */
	scale(left: number, right: number): TimeScale {
		return { start: this.start, end: this.end, left, right: Math.max(left + 1, right) };
	}

	zoom(factor: number, share = 0.5): void {
		const { start, end } = zoomAt(this.scale(0, 1000), share * 1000, factor, this.duration);
		[this.start, this.end] = [start, end];
	}

	/** Moves by a share of the view; positive shows what is later. */
	pan(share: number): void {
		const { start, end } = panBy(this.scale(0, 1000), share * 1000, this.duration);
		[this.start, this.end] = [start, end];
	}

	play(): void {
		if (this.playHead >= this.duration) this.playHead = 0;
		this.playing = true;
		this.started = true;
		if (this.follow) this.keepInView();
	}

	pause(): void {
		this.playing = false;
	}

	toggle(): void {
		if (this.playing) this.pause();
		else this.play();
	}

	seek(ms: number): void {
		this.playHead = Math.min(this.duration, Math.max(0, ms));
		this.started = true;
		if (this.follow) this.keepInView();
	}

	/** `elapsed` milliseconds of the reader have passed. */
	advance(elapsed: number): void {
		if (!this.playing) return;
		this.playHead = Math.min(this.duration, this.playHead + (elapsed * this.speed) / 1000);
		if (this.follow) this.keepInView();
		if (this.playHead >= this.duration) this.playing = false;
	}

	/** Moves the view so that the play head stands where one follows it. */
	keepInView(): void {
		const length = this.end - this.start;
		const inside =
			this.playHead >= this.start && this.playHead <= this.start + this.followAt * length;
		if (!inside) {
			const start = this.playHead - this.followAt * length;
			this.look(start, start + length);
		}
	}

	/** Where one looks most closely: the area, else the selected slice, else undefined. */
	get target(): Area | undefined {
		if (this.area) return this.area;
		const { selected } = this;
		const slices = selected && this.runs[selected.run]?.timeline.slices;
		if (!slices) return undefined;
		const start = slices.start[selected.slice]!;
		return { start, end: start + slices.duration[selected.slice]! };
	}

	/** Brings the target into view; again, or if it is there, makes it fill the view. */
	focus(): void {
		const { target } = this;
		if (!target) return;
		const length = this.end - this.start;
		const inside = target.start >= this.start && target.end <= this.end;
		if (inside || target.end - target.start > length) {
			const margin = 0.1 * (target.end - target.start);
			this.look(target.start - margin, target.end + margin);
		} else {
			const middle = (target.start + target.end) / 2;
			this.look(middle - length / 2, middle + length / 2);
		}
	}

	/**
	 * Slow motion: the layer under the play head (else the first in view) fills the view and takes `seconds` of the
	 * reader to pass. False where there are no layers.
	 */
	slowLayer(seconds = 10): boolean {
		for (const { timeline, lanes } of this.runs) {
			const index = laneOf(timeline, lanes, 'layer');
			if (!index) continue;
			const head = this.started && this.playHead < timeline.duration ? this.playHead : this.start;
			const place = Math.min(index.length - 1, Math.max(0, index.after(head) - 1));
			const [start, end] = [index.start(place), index.end(place)];
			this.look(start, end);
			this.speed = (end - start) / seconds;
			this.seek(start);
			this.play();
			return true;
		}
		return false;
	}

	/** Keeps the target as a mark with a name. */
	mark(name: string): void {
		const { target } = this;
		if (target) this.marks = [...this.marks, { ...target, name }];
		else this.marks = [...this.marks, { start: this.playHead, end: this.playHead, name }];
	}

	/** Puts the lane of the selected slice on top, or back. */
	pin(): void {
		const { selected } = this;
		const lane = selected && this.runs[selected.run]?.timeline.slices.lane[selected.slice];
		if (lane === undefined) return;
		this.pinned = toggled(this.pinned, laneKey(selected!.run, lane));
	}

	clear(): void {
		this.selected = undefined;
		this.area = undefined;
		this.query = '';
	}

	select(spot: Spot | undefined, reveal = false): void {
		this.selected = spot;
		if (!spot || !reveal) return;
		const { target } = this;
		if (target && (target.start < this.start || target.end > this.end)) {
			const length = this.end - this.start;
			const middle = (target.start + target.end) / 2;
			if (target.end - target.start <= length) this.look(middle - length / 2, middle + length / 2);
		}
	}

	/** The next or previous slice of the selected one's lane; the first in view where none is selected. */
	next(step: 1 | -1): void {
		const spot = this.selected;
		if (!spot) {
			const row = this.rows.rows.find(({ kind }) => kind === 'lane');
			const index = row && this.runs[row.run]!.lanes[row.lane]!;
			const [from] = index?.between(this.start, this.end) ?? [0];
			if (index && from < index.length) this.select({ run: row.run, slice: index.ids[from]! });
			return;
		}
		const { timeline, lanes } = this.runs[spot.run]!;
		const index = lanes[timeline.slices.lane[spot.slice]!]!;
		const place = index.after(timeline.slices.start[spot.slice]!) - 1 + step;
		const slice = index.ids[place];
		if (slice !== undefined) this.select({ run: spot.run, slice }, true);
	}

	/** The slice at the same time on the row above or below. */
	climb(step: 1 | -1): void {
		const spot = this.selected;
		if (!spot) return this.next(1);
		const { timeline } = this.runs[spot.run]!;
		const lane = timeline.slices.lane[spot.slice]!;
		const rows = this.rows.rows.filter(({ kind }) => kind === 'lane');
		const at = rows.findIndex((row) => row.run === spot.run && row.lane === lane);
		const row = rows[at + step];
		if (!row) return;
		const index = this.runs[row.run]!.lanes[row.lane]!;
		const middle = timeline.slices.start[spot.slice]! + timeline.slices.duration[spot.slice]! / 2;
		const slice = index.near(middle, Infinity);
		if (slice !== undefined) this.select({ run: row.run, slice }, true);
	}

	/** The next slice that the search found, from the selected one or the left edge on. */
	nextFound(step: 1 | -1): void {
		const all = this.found.flatMap((slices, run) =>
			Array.from(slices, (slice) => ({
				run,
				slice,
				start: this.runs[run]!.timeline.slices.start[slice]!
			}))
		);
		all.sort((a, b) => a.start - b.start || a.run - b.run);
		if (all.length === 0) return;
		const here = this.selected
			? all.findIndex((s) => s.run === this.selected!.run && s.slice === this.selected!.slice)
			: -1;
		const from = here >= 0 ? here + step : all.findIndex(({ start }) => start >= this.start);
		const { run, slice } = all[(from + all.length) % all.length]!;
		this.select({ run, slice }, true);
	}

	/** Time up to which numbers tick: the play head, or the end where nothing was played. */
	get now(): number {
		return this.started ? this.playHead : this.duration;
	}

	/** Numbers of a run up to now. */
	pace(run: number) {
		const { timeline, lanes } = this.runs[run]!;
		const whole = paceOf(timeline);
		const until = Math.min(this.now, timeline.duration);
		// Where passes were timed as wholes, the lane says when the device was busy, not how much of it.
		const timedAsWholes = timeline.notes.some(({ kind }) => kind === 'per-step');
		const compute = timedAsWholes ? undefined : laneOf(timeline, lanes, 'compute');
		return {
			tokens: tokensUntil(timeline, this.now),
			total: whole.tokens,
			perSecond: whole.perSecond,
			/** undefined where it is not known how much of the chip computes. */
			idle: compute && until > 0 ? compute.totals(0, until).idle : undefined,
			finished: this.now >= timeline.duration
		};
	}
}
