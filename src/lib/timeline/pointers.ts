import type { Area } from './draw.ts';
import { RULER, rowAt } from './rows.ts';
import { toMs, type TimeScale } from './scale.ts';
import type { TimelineView } from './view.svelte.ts';

/** A press that moves less than this is a click, px. */
const CLICK = 4;
/** How far beside a slice a click may be, px: fingers are wide. */
const REACH = { mouse: 4, touch: 14 } as const;

interface Point {
	readonly x: number;
	readonly y: number;
}

/**
 * Mouse and touch on a timeline, as in Perfetto: drag selects an area, Shift-drag or the middle button moves the
 * view, Ctrl-wheel zooms at the pointer, a horizontal wheel moves. On the ruler a drag moves the play head. One
 * finger moves the view, two zoom; a tap or click selects a slice.
 */
export class Pointers {
	readonly #view: () => TimelineView;
	readonly #scale: () => TimeScale;
	readonly #hover: (share: number) => void;
	#down = new Map<number, Point>();
	#drag:
		| { kind: 'area' | 'pan' | 'seek' | 'pinch'; from: Point; anchor: number; moved: boolean }
		| undefined;

	/** @param hover told where in the view the pointer is, 0..1 */
	constructor(view: () => TimelineView, scale: () => TimeScale, hover: (share: number) => void) {
		this.#view = view;
		this.#scale = scale;
		this.#hover = hover;
	}

	down(event: PointerEvent): void {
		if (event.button > 1) return;
		const point = this.#point(event);
		(event.currentTarget as Element).setPointerCapture(event.pointerId);
		this.#down.set(event.pointerId, point);
		const touch = event.pointerType === 'touch';
		const kind =
			this.#down.size === 2
				? 'pinch'
				: point.y < RULER && !touch
					? 'seek'
					: touch || event.shiftKey || event.button === 1
						? 'pan'
						: 'area';
		this.#drag = { kind, from: point, anchor: this.#ms(point.x), moved: false };
		if (kind === 'seek') this.#view().seek(this.#ms(point.x));
	}

	move(event: PointerEvent): void {
		const point = this.#point(event);
		const view = this.#view();
		const scale = this.#scale();
		this.#hover((point.x - scale.left) / (scale.right - scale.left));
		const before = this.#down.get(event.pointerId);
		const drag = this.#drag;
		if (!before || !drag) {
			view.hovered = this.#spot(point, REACH.mouse);
			return;
		}
		if (Math.hypot(point.x - drag.from.x, point.y - drag.from.y) > CLICK) drag.moved = true;
		if (drag.kind === 'pinch') {
			const other = Array.from(this.#down).find(([id]) => id !== event.pointerId)?.[1];
			if (other) this.#pinch(before, point, other);
		} else if (drag.moved || drag.kind === 'seek') {
			if (drag.kind === 'seek') view.seek(this.#ms(point.x));
			else if (drag.kind === 'pan') {
				view.pan((before.x - point.x) / (scale.right - scale.left));
			} else view.area = ordered(drag.anchor, this.#ms(point.x), view.duration);
		}
		this.#down.set(event.pointerId, point);
	}

	up(event: PointerEvent): void {
		const drag = this.#drag;
		const was = this.#down.delete(event.pointerId);
		if (!was || !drag || this.#down.size > 0) return;
		this.#drag = undefined;
		if (drag.moved || drag.kind === 'seek' || drag.kind === 'pinch') return;
		const touch = event.pointerType === 'touch';
		const view = this.#view();
		view.area = undefined;
		view.select(this.#spot(this.#point(event), touch ? REACH.touch : REACH.mouse));
	}

	cancel(event: PointerEvent): void {
		this.#down.delete(event.pointerId);
		if (this.#down.size === 0) this.#drag = undefined;
	}

	leave(): void {
		if (this.#down.size === 0) this.#view().hovered = undefined;
	}

	wheel(event: WheelEvent): void {
		const scale = this.#scale();
		const line = event.deltaMode === 1 ? 16 : 1;
		if (event.ctrlKey || event.metaKey) {
			event.preventDefault();
			const share = (this.#point(event).x - scale.left) / (scale.right - scale.left);
			this.#view().zoom(Math.exp(-event.deltaY * line * 0.004), share);
		} else if (event.deltaX !== 0 || event.shiftKey) {
			event.preventDefault();
			const delta = (event.deltaX || event.deltaY) * line;
			this.#view().pan(delta / (scale.right - scale.left));
		}
	}

	/** One of two fingers moved: the time under both stays under both. */
	#pinch(before: Point, now: Point, other: Point): void {
		const scale = this.#scale();
		const [was, is] = [Math.abs(before.x - other.x), Math.abs(now.x - other.x)];
		if (was < 8 || is < 8) return;
		const share = (other.x - scale.left) / (scale.right - scale.left);
		this.#view().zoom(is / was, share);
	}

	#spot({ x, y }: Point, reach: number) {
		const view = this.#view();
		const scale = this.#scale();
		const row = rowAt(view.rows.rows, y);
		if (row?.kind !== 'lane' || x < scale.left) return undefined;
		const perPixel = (scale.end - scale.start) / (scale.right - scale.left);
		const slice = view.runs[row.run]!.lanes[row.lane]!.near(toMs(scale, x), reach * perPixel);
		return slice === undefined ? undefined : { run: row.run, slice };
	}

	#ms(x: number): number {
		return toMs(this.#scale(), x);
	}

	#point(event: MouseEvent): Point {
		const box = (event.currentTarget as Element).getBoundingClientRect();
		return { x: event.clientX - box.left, y: event.clientY - box.top };
	}
}

const ordered = (a: number, b: number, duration: number): Area => ({
	start: Math.max(0, Math.min(a, b)),
	end: Math.min(duration, Math.max(a, b))
});
