import { keyAction, type Action } from '$lib/decode/keys.ts';
import { speeds } from '$lib/decode/url.ts';
import type { Player } from './player.svelte.ts';
import type { Studio } from './studio.svelte.ts';

/** The nearest speed above or below. */
export function shifted(speed: number, by: 1 | -1): number {
	const at = speeds.findIndex((one) => one >= speed);
	return speeds[Math.min(speeds.length - 1, Math.max(0, at + by))]!;
}

function actions({ desk, chat }: Studio, player: Player, help: () => void) {
	return {
		back: () => player.back(),
		forward: () => {
			player.playing = false;
			player.following = false;
			player.forward();
		},
		toggle: () => player.toggle(),
		first: () => player.restart(),
		last: () => player.seek(player.last),
		slower: () => (player.speed = shifted(player.speed, -1)),
		faster: () => (player.speed = shifted(player.speed, 1)),
		help,
		leave: () => (chat.running ? chat.stop() : desk.look.clear())
	} satisfies Record<Action, () => void>;
}

/** Does what a key means on the decoder page, if anything. */
export function deskKey(event: KeyboardEvent, studio: Studio, help: () => void): void {
	if (event.defaultPrevented) return;
	const action = keyAction(event, event.target as HTMLElement);
	if (!action) return;
	event.preventDefault();
	actions(studio, studio.desk.player, help)[action]();
}
