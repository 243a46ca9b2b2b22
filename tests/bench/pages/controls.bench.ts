import type { Page } from 'playwright';
import type { Bench, Row } from './bench.ts';

/** Moves of a slider in one sample, and samples. */
const MOVES = 5;
const SAMPLES = 20;

/**
 * CPU milliseconds of the page's main thread for one move of a slider: the handler, the cost model, the update of the
 * document, style, layout and paint. CPU time, so that other work on the machine does not count.
 */
async function moves(page: Page, label: string): Promise<number[]> {
	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const busy = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1e3;
	};
	const slider = page.getByRole('slider', { name: label, exact: true });
	const move = (from: number, times: number) =>
		// No named function in here: tsx would add a helper that the page does not have.
		slider.evaluate(
			async (element: HTMLInputElement, [from, times]) => {
				const last = Number(element.max);
				for (let i = from!; i < from! + times!; i++) {
					element.value = String((i * 7) % (last + 1));
					element.dispatchEvent(new Event('input', { bubbles: true }));
					await new Promise(requestAnimationFrame);
					await new Promise(requestAnimationFrame);
				}
			},
			[from, times]
		);
	// The first moves compile code.
	await move(0, 40);
	const samples: number[] = [];
	for (let i = 0; i < SAMPLES; i++) {
		const before = await busy();
		await move(i * MOVES, MOVES);
		samples.push(((await busy()) - before) / MOVES);
	}
	await session.detach();
	return samples;
}

export const bench: Bench = {
	title: '/simulate: main-thread CPU time for one move of a control, everything drawn again',
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
			const page = await browser.newPage({
				viewport: { width: 1440, height: 900 },
				serviceWorkers: 'block'
			});
			await page.goto(`${origin}/simulate/${query}`);
			await page.locator('[data-ready=true]').waitFor();
			rows.push({ what, samples: await moves(page, label), unit: 'ms', goal: '<= 16 ms' });
			await page.close();
		}
		return rows;
	}
};
