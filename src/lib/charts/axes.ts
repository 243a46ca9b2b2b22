import type { ScaleContinuousNumeric } from 'd3';
import { line, words, type Mark, type Margin } from './drawing.ts';

type Scale = ScaleContinuousNumeric<number, number>;

/** Powers of ten within a scale's domain. */
export function decades(scale: Scale): number[] {
	const [low, high] = scale.domain() as [number, number];
	const first = Math.ceil(Math.log10(low) - 1e-9);
	const last = Math.floor(Math.log10(high) + 1e-9);
	return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** A tick as it is written: 0.01, 1, 1k, 1M. */
export function tick(value: number): string {
	if (value >= 1e6) return `${value / 1e6}M`;
	if (value >= 1e4) return `${value / 1e3}k`;
	return String(Number(value.toPrecision(6)));
}

export interface Axis {
	readonly scale: Scale;
	readonly ticks: readonly number[];
	/** With its unit. */
	readonly title: string;
	readonly format?: (value: number) => string;
}

/** A horizontal axis under a plot: hairline, ticks, title at its end. */
export function bottomAxis(
	{ scale, ticks, title, format = tick }: Axis,
	size: { width: number; height: number },
	margin: Margin
): Mark[] {
	const y = size.height - margin.bottom;
	return [
		line([margin.left, y + 0.5], [size.width - margin.right, y + 0.5], { stroke: 'muted' }),
		...ticks.flatMap((value): Mark[] => [
			line([scale(value), y], [scale(value), y + 4], { stroke: 'muted' }),
			words(format(value), scale(value), y + 17, { anchor: 'middle', ink: 'muted' })
		]),
		words(title, size.width - margin.right, y + 34, { anchor: 'end', ink: 'muted' })
	];
}

/** A vertical axis left of a plot: hairlines across, ticks, title above. */
export function leftAxis(
	{ scale, ticks, title, format = tick }: Axis,
	size: { width: number; height: number },
	margin: Margin
): Mark[] {
	return [
		...ticks.flatMap((value): Mark[] => [
			line([margin.left, scale(value)], [size.width - margin.right, scale(value)], {
				stroke: 'line'
			}),
			words(format(value), margin.left - 6, scale(value) + 4, { anchor: 'end', ink: 'muted' })
		]),
		words(title, 0, margin.top - 10, { ink: 'muted' })
	];
}
