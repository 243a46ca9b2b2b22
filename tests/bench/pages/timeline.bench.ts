import { cpuUsage } from 'node:process';
import type { Page } from 'playwright';
import { setup } from '../../../engine/cost/index.ts';
import { findDevice } from '../../../engine/hardware/index.ts';
import { findModel } from '../../../engine/models/index.ts';
import { layRun } from '../../../engine/timeline/index.ts';
import type { Bench } from './bench.ts';

const FRAMES = 180;

/** CPU milliseconds of laying out 200 AR steps of Qwen3 8B, 545 kernels each; in Node, warm. */
function layouts(): { times: number[]; slices: number } {
	const s = setup({ device: findDevice('h100-sxm')!, model: findModel('qwen3-8b')! });
	const times: number[] = [];
	let slices = 0;
	for (let i = 0; i < 30; i++) {
		const before = cpuUsage();
		slices = layRun({
			decoder: 'ar',
			setup: s,
			drafts: 8,
			block: 32,
			denoise: 8,
			acceptance: { kind: 'geometric', rate: 0.8, seed: 1 },
			steps: 200
		}).slices.length;
		const { user, system } = cpuUsage(before);
		if (i >= 10) times.push((user + system) / 1000);
	}
	return { times, slices };
}

/** A trace of Chrome's form: kernels of 1 to 9 µs on ten streams, a million in all. */
async function million(page: Page): Promise<void> {
	await page.evaluate(async () => {
		const parts = [
			'{"traceEvents":[{"ph":"M","name":"process_name","pid":0,"args":{"name":"GPU"}}'
		];
		for (let i = 0; i < 1_000_000; i++) {
			const stream = i % 10;
			const ts = Math.floor(i / 10) * 10;
			parts.push(
				`,{"ph":"X","cat":"kernel","name":"kernel ${i % 97}","pid":0,"tid":${stream},"ts":${ts},"dur":${1 + (i % 9)}}`
			);
		}
		parts.push(']}');
		const file = new File(parts, 'million.json', { type: 'application/json' });
		const transfer = new DataTransfer();
		transfer.items.add(file);
		window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
	});
	await page.getByRole('application', { name: /million\.json/ }).waitFor({ timeout: 300_000 });
}

/** Runs in the page; as text, because the compiler's helpers for names do not exist there. */
const WATCH = `(count) => new Promise((done) => {
	const [gaps, work] = [[], []];
	let before = 0;
	requestAnimationFrame(function tick(now) {
		if (before) gaps.push(now - before);
		before = now;
		const from = performance.now();
		// A message is delivered after the callbacks of this frame.
		const channel = new MessageChannel();
		channel.port1.onmessage = () => work.push(performance.now() - from);
		channel.port2.postMessage(0);
		if (gaps.length < count) requestAnimationFrame(tick);
		else done({ gaps, work });
	});
})`;

/**
 * Milliseconds from frame to frame while a held key moves the view, and of the main thread's work in each: a frame's
 * callbacks, from the first of ours to the last.
 */
async function frames(page: Page, key: string): Promise<{ gaps: number[]; work: number[] }> {
	await page.getByRole('application').focus();
	await page.keyboard.down(key);
	const measured = await page.evaluate<{ gaps: number[]; work: number[] }>(`(${WATCH})(${FRAMES})`);
	await page.keyboard.up(key);
	return measured;
}

export const bench: Bench = {
	title: '/timeline: a million slices loaded; layout of a run',
	async run({ browser, origin }) {
		const { times, slices } = layouts();
		const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
		await page.goto(`${origin}/timeline/`);
		await page.locator('[role=application][aria-busy=false]').waitFor();
		const from = performance.now();
		await million(page);
		const opened = performance.now() - from;
		const whole = await frames(page, 'd');
		// From a second down to 14.6 ms: ten lanes, 14,600 slices in view.
		const closer = page.getByRole('button', { name: 'Zoom in' });
		for (let i = 0; i < 9; i++) await closer.click();
		const inView = await page.getByRole('application').getAttribute('aria-label');
		const close = await frames(page, 'd');
		await page.close();
		const row = (what: string, samples: number[], goal: string) => ({
			what,
			samples,
			unit: 'ms',
			goal
		});
		return [
			row(`layout, ${slices} slices (CPU)`, times, '< 50 ms'),
			row('open a file of a million', [opened], ''),
			row('whole in view, frame to frame', whole.gaps, '<= 16.7 ms'),
			row('whole in view, work a frame', whole.work, ''),
			row(
				`close up (${inView?.match(/: ([^.]*?)\. /)?.[1] ?? ''}), frame to frame`,
				close.gaps,
				'<= 16.7 ms'
			),
			row('close up, work a frame', close.work, '')
		];
	}
};
