/**
 * What a chart function returns: marks in pixels, colours by their token names, and the spots that can be looked at.
 * A page draws it (Plot.svelte), `toSvg` writes it as a file; neither knows what it shows.
 */
export interface Drawing {
	readonly width: number;
	readonly height: number;
	readonly marks: readonly Mark[];
	/** In the order in which arrow keys visit them. */
	readonly spots: readonly Spot[];
	/** The spot under the pointer is the nearest one, in both directions or only along x. */
	readonly pick: 'xy' | 'x';
	/** Spots to a row of a grid: what the vertical arrows jump. */
	readonly columns?: number;
}

/** Colours by the names in tokens.css. */
export const inks = [
	'paper',
	'ink',
	'muted',
	'line',
	'prefix',
	'draft',
	'mask',
	'memory',
	'compute',
	'accent'
] as const;
export type Ink = (typeof inks)[number];

export interface PathMark {
	readonly type: 'path';
	readonly d: string;
	readonly stroke?: Ink;
	readonly width?: number;
	readonly dash?: string;
	readonly fill?: Ink;
	/** 0..1, of the filling. */
	readonly tint?: number;
	readonly hatch?: boolean;
}
export interface TextMark {
	readonly type: 'text';
	readonly x: number;
	readonly y: number;
	readonly text: string;
	readonly anchor?: 'start' | 'middle' | 'end';
	readonly ink?: Ink;
	/** Pixels; 12 if absent. */
	readonly size?: number;
	readonly bold?: boolean;
	/** Degrees, around the text's own place. */
	readonly turn?: number;
	/** A rim of paper, where lines pass behind. */
	readonly rim?: boolean;
}
/** A point that travels when its place changes; `key` says which it is. */
export interface DotMark {
	readonly type: 'dot';
	readonly key: string;
	readonly x: number;
	readonly y: number;
	/** Half its width in pixels. */
	readonly r: number;
	readonly shape: 'circle' | 'square' | 'diamond' | 'triangle';
	/** Paper if absent. */
	readonly fill?: Ink | 'none';
	readonly stroke?: Ink;
}
export type Mark = PathMark | TextMark | DotMark;

/** A place that can be looked at, and what is there in words (a getter where words take time to make). */
export interface Spot {
	readonly key: string;
	readonly x: number;
	readonly y: number;
	readonly label: string;
}

/** Space around the plot, in pixels. */
export interface Margin {
	readonly top: number;
	readonly right: number;
	readonly bottom: number;
	readonly left: number;
}

const round = (x: number) => Math.round(x * 100) / 100;

/** A straight line. */
export const line = (
	[x1, y1]: readonly [number, number],
	[x2, y2]: readonly [number, number],
	more: Omit<PathMark, 'type' | 'd'>
): PathMark => ({
	type: 'path',
	d: `M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}`,
	...more
});

/** A rectangle. */
export const box = (
	[x, y, width, height]: readonly [number, number, number, number],
	more: Omit<PathMark, 'type' | 'd'>
): PathMark => ({
	type: 'path',
	d: `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`,
	...more
});

/** A line through points. */
export const through = (points: readonly (readonly [number, number])[]): string =>
	points.map(([x, y], i) => `${i ? 'L' : 'M'}${round(x)} ${round(y)}`).join('');

/** Text. */
export const words = (
	text: string,
	x: number,
	y: number,
	more: Omit<TextMark, 'type' | 'text' | 'x' | 'y'> = {}
): TextMark => ({ type: 'text', text, x: round(x), y: round(y), ...more });

/** The outline of a dot around its own place. */
export function outline({ shape, r }: Pick<DotMark, 'shape' | 'r'>): string {
	const n = round(r);
	switch (shape) {
		case 'circle':
			return `M${-n} 0a${n} ${n} 0 1 0 ${2 * n} 0a${n} ${n} 0 1 0 ${-2 * n} 0Z`;
		case 'square':
			return `M${-n} ${-n}h${2 * n}v${2 * n}h${-2 * n}Z`;
		case 'diamond':
			return `M0 ${-n}L${n} 0L0 ${n}L${-n} 0Z`;
		case 'triangle':
			return `M0 ${-n}L${n} ${n}H${-n}Z`;
	}
}

/** About how wide a text is, in pixels: Chinese characters fill a square, others about 0.56 of it. */
export function textWidth(text: string, size = 12): number {
	let em = 0;
	for (const char of text) em += /[\u2e80-\uffef]/.test(char) ? 1 : 0.56;
	return em * size;
}

/**
 * Moves things on a line apart until each keeps its distance to the next, staying within `from` and `to` and as near
 * to where they were as a single pass allows. Returns the new places, in the order given.
 */
export function spread(
	places: readonly number[],
	distance: number,
	[from, to]: readonly [number, number]
): number[] {
	const order = places.map((place, i) => ({ place, i })).sort((a, b) => a.place - b.place);
	for (let k = 1; k < order.length; k++) {
		order[k]!.place = Math.max(order[k]!.place, order[k - 1]!.place + distance);
	}
	let most = to;
	for (const item of order.toReversed()) {
		item.place = Math.min(item.place, most);
		most = item.place - distance;
	}
	let least = from;
	for (const item of order) {
		item.place = Math.max(item.place, least);
		least = item.place + distance;
	}
	const moved: number[] = [];
	for (const { place, i } of order) moved[i] = place;
	return moved;
}

/** A mark with a name: its own where it has one, else its number among those of its type. */
export interface Keyed {
	readonly key: string;
	readonly mark: Mark;
}

/**
 * Names the marks of a drawing, each name once. What is equal to what it was `before` stays the very same object: whoever
 * draws them can leave it.
 */
export function keyed(marks: readonly Mark[], before: readonly Keyed[] = []): Keyed[] {
	const known = new Map(before.map((item) => [item.key, item]));
	const count = { path: 0, text: 0 };
	return marks.map((mark) => {
		const key = `${mark.type} ${mark.type === 'dot' ? mark.key : count[mark.type]++}`;
		const old = known.get(key);
		return old && same(old.mark, mark) ? old : { key, mark };
	});
}

function same(a: Mark, b: Mark): boolean {
	const names = Object.keys(b) as (keyof Mark)[];
	return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}
