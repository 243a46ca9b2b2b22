/** Perfetto's own viewer: another site, which reads a trace that a page hands it. */
export const PERFETTO = 'https://ui.perfetto.dev';

/** Milliseconds between two knocks, and after which nobody is expected to answer. */
const KNOCK = 50;
const PATIENCE = 60_000;

interface Here extends Pick<Window, 'addEventListener' | 'removeEventListener'> {
	open(url: string, target: string): Pick<Window, 'postMessage' | 'closed'> | null;
}

/**
 * Opens Perfetto's viewer in a new tab and hands it a trace: knocks with 'PING' until it answers 'PONG', then sends the
 * bytes. To be called from a click, or the browser opens no tab.
 * Protocol: perfetto.dev/docs/visualization/deep-linking-to-perfetto-ui.
 * @returns 'handed'; 'blocked' where no tab opened; 'apart' where the browser keeps the two tabs apart, as it does with
 * pages that are cross-origin isolated; 'silent' where the other tab was closed or never answered.
 */
export async function handToPerfetto(
	trace: ArrayBuffer,
	title: string,
	here: Here = window,
	patience = PATIENCE
): Promise<'handed' | 'blocked' | 'apart' | 'silent'> {
	const tab = here.open(PERFETTO, '_blank');
	if (!tab) return 'blocked';
	// A tab that is kept apart looks closed from the first moment.
	if (tab.closed) return 'apart';
	return new Promise((resolve) => {
		const end = (how: 'handed' | 'silent') => {
			clearInterval(knocking);
			clearTimeout(giveUp);
			here.removeEventListener('message', hear);
			resolve(how);
		};
		const hear = ({ origin, data }: MessageEvent) => {
			if (origin !== PERFETTO || data !== 'PONG') return;
			const perfetto = { buffer: trace, title, keepApiOpen: false };
			tab.postMessage({ perfetto }, PERFETTO, [trace]);
			end('handed');
		};
		const knock = () => (tab.closed ? end('silent') : tab.postMessage('PING', PERFETTO));
		here.addEventListener('message', hear);
		const giveUp = setTimeout(() => end('silent'), patience);
		const knocking = setInterval(knock, KNOCK);
	});
}
