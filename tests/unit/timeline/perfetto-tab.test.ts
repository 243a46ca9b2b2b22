import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { handToPerfetto, PERFETTO } from '../../../src/lib/timeline/perfetto-tab.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A window, and the tab that it opens. */
function windows(tab: { closed: boolean } | null) {
	const sent: unknown[][] = [];
	const opened: string[] = [];
	const here = Object.assign(new EventTarget(), {
		open(url: string) {
			opened.push(url);
			return tab && Object.assign(tab, { postMessage: (...given: unknown[]) => sent.push(given) });
		}
	});
	const say = (origin: string, data: unknown) =>
		here.dispatchEvent(new MessageEvent('message', { origin, data }));
	return { here: here as unknown as Window, sent, opened, say };
}

const trace = () => new TextEncoder().encode('{"traceEvents":[]}').buffer;

test('knocks until Perfetto answers, then hands the bytes over, to that site alone', async () => {
	const { here, sent, opened, say } = windows({ closed: false });
	const buffer = trace();
	const done = handToPerfetto(buffer, 'a run', here);
	expect(opened).toEqual([PERFETTO]);
	vi.advanceTimersByTime(160);
	expect(sent).toEqual([
		['PING', PERFETTO],
		['PING', PERFETTO],
		['PING', PERFETTO]
	]);
	say('https://elsewhere.example', 'PONG');
	say(PERFETTO, 'hello');
	expect(sent).toHaveLength(3);
	say(PERFETTO, 'PONG');
	expect(await done).toBe('handed');
	expect(sent[3]).toEqual([
		{ perfetto: { buffer, title: 'a run', keepApiOpen: false } },
		PERFETTO,
		[buffer]
	]);
	vi.advanceTimersByTime(1000);
	say(PERFETTO, 'PONG');
	expect(sent).toHaveLength(4);
});

test('says why nothing was handed over', async () => {
	expect(await handToPerfetto(trace(), 'a run', windows(null).here)).toBe('blocked');
	expect(await handToPerfetto(trace(), 'a run', windows({ closed: true }).here)).toBe('apart');
	const tab = { closed: false };
	const closing = handToPerfetto(trace(), 'a run', windows(tab).here);
	tab.closed = true;
	vi.advanceTimersByTime(60);
	expect(await closing).toBe('silent');
	const waiting = handToPerfetto(trace(), 'a run', windows({ closed: false }).here, 500);
	vi.advanceTimersByTime(500);
	expect(await waiting).toBe('silent');
});
