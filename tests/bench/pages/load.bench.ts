import type { Browser } from 'playwright';
import type { Bench, Row } from './bench.ts';

const PAGES = ['/', '/learn/', '/decode/', '/simulate/', '/timeline/'];
const SAMPLES = 5;
/** A middling phone against this machine's processor, as Lighthouse's mobile test has it. */
const SLOWER = 4;

interface Vitals {
	lcp: number;
	cls: number;
	tbt: number;
}

interface LayoutShift {
	value: number;
	hadRecentInput: boolean;
}

/**
 * One first visit with an empty cache: largest contentful paint, cumulative layout shift, and total blocking time (the
 * part over 50 ms of each long task). Definitions: web.dev/articles/lcp, cls and tbt.
 */
async function visit(browser: Browser, address: string): Promise<Vitals> {
	const context = await browser.newContext({
		viewport: { width: 412, height: 823 },
		serviceWorkers: 'block'
	});
	const page = await context.newPage();
	const session = await context.newCDPSession(page);
	await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
	// No named function in here: tsx would add a helper that the page does not have.
	await page.addInitScript(() => {
		const vitals = { lcp: 0, cls: 0, tbt: 0 };
		Object.assign(window, { vitals });
		for (const type of ['largest-contentful-paint', 'layout-shift', 'longtask']) {
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries()) {
					const { value, hadRecentInput } = entry as unknown as LayoutShift;
					if (type === 'largest-contentful-paint') vitals.lcp = entry.startTime;
					else if (type === 'longtask') vitals.tbt += Math.max(0, entry.duration - 50);
					else if (!hadRecentInput) vitals.cls += value;
				}
			}).observe({ type, buffered: true });
		}
	});
	await page.goto(address, { waitUntil: 'networkidle' });
	await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
	const vitals = await page.evaluate(() => (window as unknown as { vitals: Vitals }).vitals);
	await context.close();
	if (vitals.lcp === 0) throw new Error(`${address} told nothing of its painting.`);
	return vitals;
}

export const bench: Bench = {
	title: `First visits on a phone's screen, processor ${SLOWER} times slowed, no network delay`,
	async run({ browser, origin }) {
		const rows: Row[] = [];
		for (const path of PAGES) {
			const seen: Vitals[] = [];
			for (let i = 0; i < SAMPLES; i++) seen.push(await visit(browser, origin + path));
			rows.push(
				{ what: `${path} LCP`, samples: seen.map(({ lcp }) => lcp), unit: 'ms', goal: '<= 2500' },
				{
					what: `${path} CLS`,
					samples: seen.map(({ cls }) => cls * 1000),
					unit: '/1000',
					goal: '<= 100'
				},
				{ what: `${path} TBT`, samples: seen.map(({ tbt }) => tbt), unit: 'ms', goal: '<= 200' }
			);
		}
		return rows;
	}
};
