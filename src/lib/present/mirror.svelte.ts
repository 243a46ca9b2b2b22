import { untrack } from 'svelte';
import { joined, partOf, type Part, type Shown } from './mirror.ts';

/** Frames of the two windows of a lecture, of one browser, talk over this. */
const NAME = 'tidar-lab:mirror:1';

type Message<Rest> =
	| { readonly type: 'part'; readonly page: string; readonly part: Part<Rest> }
	/** From a frame that has nothing yet, or has missed something. */
	| { readonly type: 'hello'; readonly page: string };

/**
 * What the window round this page wants of it, as `data-mirror` of its frame says: to send what it shows, to hold still
 * for a while, or to show what the other one sends. `data-mirrored` then answers that it does.
 */
export type MirrorRole = 'send' | 'hold' | 'follow';

const frame = () =>
	typeof window === 'undefined' ? undefined : (window.frameElement as HTMLElement | null)?.dataset;

/** Whether this page shows what another sends, and goes nowhere by itself. */
export const follows = (): boolean => frame()?.mirror === 'follow';

/**
 * Keeps a page of the audience's window at what the same page of the teacher's window shows, a live answer included,
 * which no address can tell. To be called while a component is made.
 * @param page a name that both have
 * @param read what is shown now, as plain data; what it reads is followed
 * @param show shows what came
 */
export function mirror<Rest>(
	page: string,
	read: () => Shown<Rest>,
	show: (shown: Shown<Rest>) => void
): void {
	$effect(() => {
		if (!frame()?.mirror) return;
		const channel = new BroadcastChannel(NAME);
		const post = (message: Message<Rest>) => channel.postMessage(message);
		const end = follows() ? follow(channel, post) : send(channel, post);
		return () => {
			end?.();
			channel.close();
		};
	});

	function follow(channel: BroadcastChannel, post: (message: Message<Rest>) => void) {
		let have: Shown<Rest> | undefined;
		channel.onmessage = ({ data }: MessageEvent<Message<Rest>>) => {
			if (data.type !== 'part' || data.page !== page) return;
			have = joined(have, data.part);
			if (!have) {
				post({ type: 'hello', page });
				return;
			}
			show(have);
			frame()!.mirrored = '';
		};
		post({ type: 'hello', page });
		return undefined;
	}

	function send(channel: BroadcastChannel, post: (message: Message<Rest>) => void) {
		let sent: Shown<Rest> | undefined;
		let held = $state(frame()!.mirror === 'hold');
		const watching = new MutationObserver(() => (held = frame()!.mirror === 'hold'));
		watching.observe(window.frameElement!, { attributeFilter: ['data-mirror'] });
		$effect(() => {
			if (held) return;
			const next = read();
			post({ type: 'part', page, part: partOf(sent, next) });
			sent = next;
		});
		channel.onmessage = ({ data }: MessageEvent<Message<Rest>>) => {
			if (data.type !== 'hello' || data.page !== page || !sent) return;
			const all = sent;
			untrack(() => post({ type: 'part', page, part: partOf(undefined, all) }));
		};
		return () => watching.disconnect();
	}
}
