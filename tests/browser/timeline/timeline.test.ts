import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import Details from '../../../src/lib/components/timeline/Details.svelte';
import Minimap from '../../../src/lib/components/timeline/Minimap.svelte';
import Stage from '../../../src/lib/components/timeline/Stage.svelte';
import Transport from '../../../src/lib/components/timeline/Transport.svelte';
import { base, simulate } from '../../../src/lib/timeline/choice.ts';
import { openFile } from '../../../src/lib/timeline/open.ts';
import { TimelineView } from '../../../src/lib/timeline/view.svelte.ts';
import { wordsOf } from '../../../src/lib/timeline/words-of.ts';
import '../../../src/lib/styles/tokens.css';
import '../../../src/lib/styles/base.css';

const words = wordsOf('chip');
const { runs } = simulate({ ...base, tokens: 6 }, (decoder) => decoder);

function makeView(): TimelineView {
	const view = new TimelineView();
	view.show(runs);
	return view;
}

/** Opaque pixels of the canvas that are not paper. */
function inked(canvas: HTMLCanvasElement): number {
	const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
	const [r, g, b] = data;
	let count = 0;
	for (let i = 0; i < data.length; i += 4) {
		if (data[i] !== r || data[i + 1] !== g || data[i + 2] !== b) count++;
	}
	return count;
}

const twoFrames = () =>
	new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

afterEach(() => {
	vi.restoreAllMocks();
});

describe('Stage', () => {
	test('draws the runs, and again only when something changed', async () => {
		const view = makeView();
		const screen = await render(Stage, { view, words, label: 'A timeline' });
		const stage = screen.getByRole('application', { name: 'A timeline' });
		await expect.element(stage).toBeVisible();
		const canvas = stage.element().querySelector('canvas')!;
		await expect.poll(() => inked(canvas)).toBeGreaterThan(5000);
		// A typeface that arrives is a change.
		await document.fonts.ready;
		await twoFrames();
		const frames = vi.spyOn(CanvasRenderingContext2D.prototype, 'setTransform');
		await twoFrames();
		expect(frames).not.toHaveBeenCalled();
		view.zoom(2);
		await expect.poll(() => frames.mock.calls.length).toBeGreaterThan(0);
	});

	test('plays: the play head moves with the clock and stops at the end', async () => {
		const view = makeView();
		let ended = 0;
		await render(Stage, { view, words, label: 'A timeline', ended: () => ended++ });
		view.speed = 500;
		view.play();
		await expect.poll(() => view.playHead).toBeGreaterThan(0);
		await expect.poll(() => ended).toBe(1);
		expect(view.playHead).toBe(view.duration);
		expect(view.pace(0)).toMatchObject({ tokens: 6, total: 6, finished: true });
	});

	test('a click selects the slice under it; a drag selects a stretch with its totals', async () => {
		const view = makeView();
		const screen = await render(Stage, { view, words, label: 'A timeline' });
		await render(Details, { view, words, mark: () => view.mark('A') });
		view.look(0, 0.3);
		const row = view.rows.rows.find(
			({ kind, lane }) => kind === 'lane' && runs[0]!.timeline.lanes[lane]!.kind === 'kernel'
		)!;
		const stage = screen.getByRole('application');
		await userEvent.click(stage, { position: { x: 250, y: row.y + 8 } });
		expect(view.selected).toMatchObject({ run: 0 });
		await expect.element(screen.getByTestId('details')).toHaveTextContent(/Bandwidth reached/);
		const box = stage.element().getBoundingClientRect();
		const pointer = (type: string, x: number) =>
			stage.element().dispatchEvent(
				new PointerEvent(type, {
					pointerId: 1,
					clientX: box.left + x,
					clientY: box.top + row.y + 8,
					bubbles: true,
					button: 0
				})
			);
		vi.spyOn(Element.prototype, 'setPointerCapture').mockImplementation(() => undefined);
		pointer('pointerdown', 200);
		pointer('pointermove', 300);
		pointer('pointerup', 300);
		expect(view.area!.end).toBeGreaterThan(view.area!.start);
		await expect.element(screen.getByTestId('details')).toHaveTextContent(/HBM.*GB\/s|HBM.*TB\/s/);
	});

	test('Ctrl-wheel zooms where the pointer is, two fingers as well', async () => {
		const view = makeView();
		const screen = await render(Stage, { view, words, label: 'A timeline' });
		const element = screen.getByRole('application').element();
		const box = element.getBoundingClientRect();
		const before = view.end - view.start;
		element.dispatchEvent(
			new WheelEvent('wheel', {
				deltaY: -100,
				ctrlKey: true,
				clientX: box.right - 1,
				clientY: box.top + 60,
				bubbles: true,
				cancelable: true
			})
		);
		expect(view.end - view.start).toBeLessThan(before);
		expect(view.end).toBeCloseTo(view.duration, 0);
		vi.spyOn(Element.prototype, 'setPointerCapture').mockImplementation(() => undefined);
		const finger = (type: string, pointerId: number, x: number) =>
			element.dispatchEvent(
				new PointerEvent(type, {
					pointerId,
					pointerType: 'touch',
					clientX: box.left + x,
					clientY: box.top + 60,
					bubbles: true
				})
			);
		const wide = view.end - view.start;
		finger('pointerdown', 1, 200);
		finger('pointerdown', 2, 300);
		finger('pointermove', 2, 400);
		finger('pointerup', 1, 200);
		finger('pointerup', 2, 400);
		expect(view.end - view.start).toBeCloseTo(wide / 2, 5);
	});
});

describe('without a mouse', () => {
	test('from slice to slice, lane to lane, into view and out', () => {
		const view = makeView();
		view.next(1);
		expect(view.selected).toBeDefined();
		const lane = () => runs[0]!.timeline.slices.lane[view.selected!.slice];
		const first = lane();
		view.climb(1);
		expect(lane()).not.toBe(first);
		view.next(1);
		view.focus();
		view.focus();
		const { target } = view;
		expect(view.start).toBeLessThanOrEqual(target!.start);
		expect(view.end - view.start).toBeLessThan(2 * (target!.end - target!.start));
		view.fit();
		expect([view.start, view.end]).toEqual([0, view.duration]);
	});

	test('search walks from hit to hit, by operator and by layer', async () => {
		const view = makeView();
		const screen = await render(Transport, { view, help: () => undefined });
		const box = screen.getByRole('searchbox');
		await userEvent.fill(box, 'gate-up');
		await expect.element(screen.getByRole('status')).toHaveTextContent(/\d+ found/);
		await userEvent.type(box, '{Enter}');
		const { timeline } = view.runs[view.selected!.run]!;
		expect(timeline.labels[timeline.slices.label[view.selected!.slice]!]).toContain('gate');
		await userEvent.fill(box, 'layer 12');
		await userEvent.type(box, '{Enter}');
		expect(view.runs[view.selected!.run]!.timeline.slices.layer[view.selected!.slice]).toBe(12);
	});

	test('slow motion: one layer fills the view and takes ten seconds', async () => {
		const view = makeView();
		const screen = await render(Transport, { view, help: () => undefined });
		await screen.getByRole('button', { name: /Slow motion/ }).click();
		expect(view.playing).toBe(true);
		expect(view.end - view.start).toBeCloseTo(view.speed * 10, 9);
	});
});

test('Minimap: dragging the frame moves the view', async () => {
	const view = makeView();
	view.look(0, view.duration / 4);
	await render(Minimap, { view, words });
	const map = document.querySelector('.map')!;
	await expect.poll(() => map.clientWidth).toBeGreaterThan(100);
	const box = map.getBoundingClientRect();
	vi.spyOn(Element.prototype, 'setPointerCapture').mockImplementation(() => undefined);
	const pointer = (type: string, share: number) =>
		map.dispatchEvent(
			new PointerEvent(type, {
				pointerId: 1,
				clientX: box.left + share * box.width,
				clientY: box.top + 5,
				bubbles: true
			})
		);
	pointer('pointerdown', 0.9);
	pointer('pointerup', 0.9);
	expect(view.start).toBeGreaterThan(view.duration / 2);
});

describe('the trace worker', () => {
	const open = (content: BlobPart, type = 'application/json') =>
		openFile(
			new Blob([content], { type }),
			new Worker(new URL('../../../src/workers/trace.worker.ts', import.meta.url), {
				type: 'module'
			})
		);
	const event = { ph: 'X', ts: 1, dur: 2, pid: 1, tid: 1, name: 'k' };

	test('reads a trace, plain and packed', async () => {
		const text = JSON.stringify({ traceEvents: [event] });
		const plain = await open(text);
		expect(plain.ok && plain.runs[0]!.timeline.slices.length).toBe(1);
		const packed = await new Response(
			new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
		).arrayBuffer();
		const unpacked = await open(packed);
		expect(unpacked.ok && unpacked.runs[0]!.timeline.slices.length).toBe(1);
	});

	test('reads a session of the decoder page', async () => {
		const text = await (await fetch('/sessions/gravity-ar.json')).text();
		const opened = await open(text);
		expect(opened.ok && opened.runs[0]!.timeline.lanes[0]!.kind).toBe('pass');
	});

	test.each([
		['broken gzip', new Uint8Array([0x1f, 0x8b, 1, 2, 3]), 'unreadable'],
		['another binary', new Uint8Array([10, 0, 1, 2, 255]), 'binary'],
		['prose', 'not a trace', 'not-json'],
		['a broken session', '{"version":1,"model":7}', 'session']
	])('%s gets a problem, not a frozen page', async (_, content, kind) => {
		const opened = await open(content);
		expect(opened.ok ? 'ok' : opened.problem.kind).toBe(kind);
	});
});
