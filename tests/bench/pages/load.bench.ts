import type { Browser } from 'playwright';
import type { Bench, Row } from './bench.ts';

const PAGES = [
	'/',
	'/learn/',
	'/learn/tidar/think-and-talk/',
	'/decode/',
	'/race/',
	'/simulate/',
	'/timeline/',
	'/measure/',
	'/present/'
];
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

interface TraceEvent {
	name: string;
	pid: number;
	tid: number;
	/** Begin, duration and CPU time of the thread within it, µs. */
	ts: number;
	dur?: number;
	tdur?: number;
	args?: { name?: string };
}

/** A long task begins to block beyond this, ms. */
const LONG = 50;

/**
 * Total blocking time: the parts over 50 ms of the tasks of the page's thread between its first contentful paint and
 * the moment when all of the page answers. In CPU time of that thread: what else runs on this machine makes a task
 * last longer, but hardly makes it take more.
 */
function blockingTime(events: readonly TraceEvent[]): number {
	const paint = events.find(({ name }) => name === 'firstContentfulPaint');
	if (!paint) throw new Error('The trace has no first contentful paint.');
	return events
		.filter(
			({ name, pid, tid, ts }) =>
				name.endsWith('ThreadControllerImpl::RunTask') &&
				pid === paint.pid &&
				tid === paint.tid &&
				ts >= paint.ts
		)
		.reduce((sum, { tdur = 0 }) => sum + Math.max(0, tdur / 1000 - LONG), 0);
}

/**
 * One first visit with an empty cache: largest contentful paint, cumulative layout shift, and total blocking time.
 * Definitions: web.dev/articles/lcp, cls and tbt.
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
		const vitals = { lcp: 0, cls: 0 };
		Object.assign(window, { vitals });
		for (const type of ['largest-contentful-paint', 'layout-shift']) {
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries()) {
					const { value, hadRecentInput } = entry as unknown as LayoutShift;
					if (type === 'largest-contentful-paint') vitals.lcp = entry.startTime;
					else if (!hadRecentInput) vitals.cls += value;
				}
			}).observe({ type, buffered: true });
		}
	});
	const events: TraceEvent[] = [];
	session.on('Tracing.dataCollected', ({ value }) =>
		events.push(...(value as unknown as TraceEvent[]))
	);
	await session.send('Tracing.start', {
		transferMode: 'ReportEvents',
		traceConfig: { includedCategories: ['toplevel', 'loading', 'blink.user_timing'] }
	});
	await page.goto(address, { waitUntil: 'networkidle' });
	await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
	const vitals = await page.evaluate(() => (window as unknown as { vitals: Vitals }).vitals);
	const traced = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
	await session.send('Tracing.end');
	await traced;
	await context.close();
	if (vitals.lcp === 0) throw new Error(`${address} told nothing of its painting.`);
	return { ...vitals, tbt: blockingTime(events) };
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
