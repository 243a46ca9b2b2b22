import type { Page } from 'playwright';
import type { Bench, Row } from './bench.ts';

const MOVES = 80;

/**
 * Milliseconds of the main thread from a slider's move until the figures are laid out anew: the handler, the cost
 * model, Svelte's update (a microtask) and, forced, style and layout. Painting is not in it.
 */
async function moves(page: Page, label: string): Promise<number[]> {
	return page
		.getByRole('slider', { name: label, exact: true })
		.evaluate(async (slider: HTMLInputElement, count) => {
			const last = Number(slider.max);
			const times: number[] = [];
			for (let i = 0; i < count; i++) {
				await new Promise(requestAnimationFrame);
				await new Promise(requestAnimationFrame);
				const from = performance.now();
				slider.value = String(Math.round((last * ((i * 7) % count)) / count));
				slider.dispatchEvent(new Event('input', { bubbles: true }));
				await Promise.resolve();
				await new Promise<void>((done) => queueMicrotask(done));
				document.body.getBoundingClientRect();
				times.push(performance.now() - from);
			}
			// The first few compile code.
			return times.slice(10);
		}, MOVES);
}

export const bench: Bench = {
	title: '/simulate: a control is moved and everything is drawn again',
	async run({ browser, origin }) {
		const rows: Row[] = [];
		for (const [what, query, label] of [
			['one step, slots', '', 'Slots'],
			['one step, batch', '', 'Batch'],
			['one step, two set-ups, slots', '?b=1&b.gpu=h200&b.slots=72', 'Slots'],
			['one step, DeepSeek-V3 on 8 H200, slots', '?gpu=h200&model=deepseek-v3&tp=8', 'Slots'],
			['batch, acceptance', '?view=batch&slots=72', 'Acceptance of a draft'],
			['batch, two set-ups, slots', '?view=batch&b=1&b.gpu=h200&b.slots=72', 'Slots']
		] as const) {
			const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
			await page.goto(`${origin}/simulate/${query}`);
			await page.locator('[data-ready=true]').waitFor();
			rows.push({ what, samples: await moves(page, label), unit: 'ms', goal: '<= 16 ms' });
			await page.close();
		}
		return rows;
	}
};
