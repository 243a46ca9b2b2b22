import { max } from 'd3';

export interface Bar {
	/** What is counted, for example an accepted length. */
	readonly value: number;
	readonly count: number;
	/** Left edge, width, top and height, in the chart's pixels. */
	readonly x: number;
	readonly width: number;
	readonly y: number;
	readonly height: number;
}

/**
 * The bars of a histogram over whole numbers.
 * @param counts counts[n] is how often n occurred.
 * @param size of the chart without its axis, in pixels; `from` is the first number shown.
 */
export function histogram(
	counts: readonly number[],
	size: { readonly width: number; readonly height: number; readonly from?: number }
): Bar[] {
	const { width, height, from = 0 } = size;
	const shown = counts.slice(from);
	const most = Math.max(1, max(shown) ?? 0);
	const pitch = width / Math.max(1, shown.length);
	const gap = Math.min(4, pitch * 0.15);
	return shown.map((count, i) => {
		const tall = (count / most) * height;
		return {
			value: from + i,
			count,
			x: i * pitch + gap / 2,
			width: pitch - gap,
			y: height - tall,
			height: tall
		};
	});
}
