import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { describe, expect, test } from 'vitest';
import NumberSlider from '../../../src/lib/components/NumberSlider.svelte';
import Plot from '../../../src/lib/components/Plot.svelte';
import { evenStops, nearestStop, ratioStops } from '../../../src/lib/components/stops.ts';
import type { Drawing } from '../../../src/lib/charts/drawing.ts';

describe('stops', () => {
	test('ratioStops(1, 1024): every number while they are few, all powers of two, both ends', () => {
		const stops = ratioStops(1, 1024);
		expect(stops.slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
		for (let power = 0; power <= 10; power++) expect(stops).toContain(2 ** power);
		expect([...new Set(stops)].sort((a, b) => a - b)).toEqual(stops);
	});

	test('evenStops(min, max, step) and nearestStop(stops, value)', () => {
		expect(evenStops(0, 0.3, 0.1)).toEqual([0, 0.1, 0.2, 0.3]);
		expect(nearestStop([1, 10, 100], 40)).toBe(1);
		expect(nearestStop([1, 10, 100], 1e9)).toBe(2);
	});
});

describe('NumberSlider', () => {
	const props = { label: 'Slots', value: 8, stops: ratioStops(1, 1024), max: 4096 };
	const slider = () => page.getByRole('slider', { name: 'Slots' });
	const field = () => page.getByRole('spinbutton', { name: 'Slots' });

	test('every key moves the slider to another number', async () => {
		await render(NumberSlider, props);
		(slider().element() as HTMLElement).focus();
		await userEvent.keyboard('{ArrowRight}');
		await expect.element(field()).toHaveValue(9);
		await userEvent.keyboard('{Home}{ArrowRight}');
		await expect.element(field()).toHaveValue(2);
		await expect.element(slider()).toHaveAttribute('aria-valuetext', '2');
	});

	test('the field takes numbers between stops and beyond the slider, clamped to its limits', async () => {
		await render(NumberSlider, props);
		const type = async (text: string) => {
			await userEvent.fill(field(), text);
			await userEvent.keyboard('{Enter}');
		};
		await type('1000');
		await expect.element(field()).toHaveValue(1000);
		await type('99999');
		await expect.element(field()).toHaveValue(4096);
		await type('2.6');
		await expect.element(field()).toHaveValue(3);
		await type('');
		await expect.element(field()).toHaveValue(3);
	});
});

describe('Plot', () => {
	const at = (key: string, x: number, y: number) => ({ key, x, y, label: `spot ${key}` });
	const drawing = (width: number): Drawing => ({
		width,
		height: 100,
		marks: [{ type: 'dot', key: 'a', x: 20, y: 20, r: 4, shape: 'circle', fill: 'memory' }],
		spots: [at('a', 20, 20), at('b', 80, 20), at('c', 20, 80), at('d', 80, 80)],
		pick: 'xy',
		columns: 2
	});
	const props = { title: 'A plot', draw: drawing, hint: 'nothing yet' };
	const plot = () => page.getByRole('slider', { name: 'A plot' });

	test('arrow keys walk over a grid of spots, and stay inside', async () => {
		await render(Plot, props);
		(plot().element() as unknown as HTMLElement).focus();
		await expect.element(plot()).toHaveAttribute('aria-valuetext', 'spot a');
		await userEvent.keyboard('{ArrowDown}');
		await expect.element(page.getByTestId('readout')).toHaveTextContent('spot c');
		await userEvent.keyboard('{ArrowDown}{ArrowRight}');
		await expect.element(page.getByTestId('readout')).toHaveTextContent('spot d');
		await userEvent.keyboard('{Escape}');
		await expect.element(page.getByTestId('readout')).toHaveTextContent('nothing yet');
	});

	test('the pointer finds the nearest spot', async () => {
		await render(Plot, props);
		await userEvent.hover(plot(), { position: { x: 74, y: 30 } });
		await expect.element(page.getByTestId('readout')).toHaveTextContent('spot b');
	});

	test('a point that moves is the same element', async () => {
		const screen = await render(Plot, props);
		const dot = document.querySelector('[data-key=a]');
		await screen.rerender({
			...props,
			draw: (width: number) => {
				const before = drawing(width);
				return { ...before, marks: [{ ...before.marks[0]!, x: 60 }] } as Drawing;
			}
		});
		expect(document.querySelector('[data-key=a]')).toBe(dot);
		expect((dot as SVGElement).style.transform).toContain('60px');
	});
});
