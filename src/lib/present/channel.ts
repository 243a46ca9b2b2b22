import type { Audience } from './show.ts';

/** The two windows of a lecture, of one browser, talk over this. */
const NAME = 'tidar-lab:present:1';

type Message =
	/** From the teacher's window, after every change. */
	| { readonly type: 'show'; readonly audience: Audience }
	/** From a window that was just opened. */
	| { readonly type: 'hello' }
	/** The teacher's window closes. */
	| { readonly type: 'end' };

/** The teacher's end. `here` is told how many windows have said hello. */
export function teacher(hello: () => void): { show(audience: Audience): void; close(): void } {
	const channel = new BroadcastChannel(NAME);
	channel.onmessage = ({ data }: MessageEvent<Message>) => {
		if (data.type === 'hello') hello();
	};
	const post = (message: Message) => channel.postMessage(message);
	return {
		show: (audience) => post({ type: 'show', audience }),
		close() {
			post({ type: 'end' });
			channel.close();
		}
	};
}

/** The audience's end: asks for the scene at once, and is told of every change. */
export function audience(show: (audience: Audience) => void, end: () => void): { close(): void } {
	const channel = new BroadcastChannel(NAME);
	channel.onmessage = ({ data }: MessageEvent<Message>) => {
		if (data.type === 'show') show(data.audience);
		else if (data.type === 'end') end();
	};
	channel.postMessage({ type: 'hello' } satisfies Message);
	return { close: () => channel.close() };
}
