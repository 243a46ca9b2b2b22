import { scaleLinear } from 'd3';
import { bottomAxis } from './axes.ts';
import {
	box,
	line,
	textWidth,
	words,
	type Drawing,
	type Ink,
	type Mark,
	type Spot
} from './drawing.ts';

export interface Segment {
	readonly key: string;
	readonly name: string;
	/** Its length on the time axis. */
	readonly ms: number;
	readonly fill?: Ink;
	readonly tint?: number;
	readonly hatch?: boolean;
	/** In words; read when it is looked at. */
	readonly label: string;
}

export interface Lane {
	readonly name: string;
	readonly segments: readonly Segment[];
}

export interface LaneGroup {
	/** Above its lanes; empty where there is only one group. */
	readonly name: string;
	readonly lanes: readonly Lane[];
}

export interface LaneOptions {
	readonly width: number;
	readonly xTitle: string;
	/** Time up to which the axis goes; the longest lane if absent. */
	readonly until?: number;
}

const HEIGHT = 30;
const GAP = 26;

/** Stacked bars on one time axis: what a step spends its time on, seen in several ways, for one set-up or two. */
export function lanes(groups: readonly LaneGroup[], o: LaneOptions): Drawing {
	const margin = { top: 0, right: 8, bottom: 40, left: 4 };
	const total = (lane: Lane) => lane.segments.reduce((sum, { ms }) => sum + ms, 0);
	const longest = Math.max(...groups.flatMap((group) => group.lanes.map(total)));
	const x = scaleLinear([0, o.until ?? longest], [margin.left, o.width - margin.right]);
	const marks: Mark[] = [];
	const spots: Spot[] = [];
	let y = 0;
	groups.forEach((group, g) => {
		if (group.name) {
			y += g ? 20 : 0;
			marks.push(words(group.name, margin.left, y + 13, { bold: true }));
			y += 20;
		}
		for (const lane of group.lanes) {
			marks.push(words(lane.name, margin.left, y + 14, { ink: 'muted' }));
			y += GAP - 6;
			let at = 0;
			for (const segment of lane.segments) {
				const [from, to] = [x(at), x(at + segment.ms)];
				marks.push(...draw(segment, from, to, y));
				spots.push({
					key: `${g}.${segment.key}`,
					x: (from + to) / 2,
					y: y + HEIGHT / 2,
					get label() {
						return segment.label;
					}
				});
				at += segment.ms;
			}
			y += HEIGHT + 6;
		}
	});
	const height = y + 4 + margin.bottom;
	const ticks = x.ticks(o.width < 480 ? 4 : 8);
	marks.push(
		...bottomAxis({ scale: x, ticks, title: o.xTitle }, { width: o.width, height }, margin)
	);
	return { width: o.width, height, marks, spots, pick: 'xy' };
}

function draw(s: Segment, from: number, to: number, y: number): Mark[] {
	const width = Math.max(0, to - from);
	const marks: Mark[] = [
		box([from, y, width, HEIGHT], {
			fill: s.fill ?? 'paper',
			tint: s.tint,
			hatch: s.hatch,
			...(s.fill ? {} : { stroke: 'line' })
		}),
		line([to, y], [to, y + HEIGHT], { stroke: 'paper' })
	];
	if (textWidth(s.name) + 8 < width) {
		const solid = s.fill && (s.tint ?? 1) > 0.6;
		marks.push(
			words(s.name, from + 5, y + HEIGHT / 2 + 4, {
				ink: solid ? 'paper' : 'ink',
				bold: Boolean(solid)
			})
		);
	}
	return marks;
}
