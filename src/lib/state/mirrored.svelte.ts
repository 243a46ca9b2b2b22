import type { Session } from '$engine/decode/index.ts';
import { mirror } from '$lib/present/mirror.svelte.ts';
import type { Chat } from './chat.svelte.ts';
import type { Desk } from './desk.svelte.ts';

/** What is typed and chosen on the decoder page. */
export interface Form {
	readonly settings: Session['settings'];
	readonly pair: boolean;
	readonly prompt: string;
}

/**
 * Keeps the decoder page of the audience's window at the step, and at what is looked at, in the teacher's: a recorded
 * answer, or one that is being written there. To be called while the page is made.
 */
export function mirrorDesk(desk: Desk, chat: Chat, read: () => Form, write: (form: Form) => void) {
	const { player, look } = desk;
	mirror(
		'decode',
		() => {
			const turns = chat.reading === undefined ? chat.turns : chat.all;
			const { hovered, pinned, column, group, story } = look;
			return {
				sessions: [...turns, ...desk.runs.map(({ session }) => session)],
				rest: {
					/** How many of the sessions are answers before the one on the desk. */
					turns: turns.length,
					live: desk.runs.map(({ live }) => live),
					lens: desk.lens,
					growing: desk.growing,
					index: player.index,
					phase: player.phase,
					speed: player.speed,
					look: $state.snapshot({ hovered, pinned, column, group, story }),
					reading: chat.reading,
					form: $state.snapshot(read())
				}
			};
		},
		({ sessions, rest }) => {
			desk.runs = sessions
				.slice(rest.turns)
				.map((session, i) => ({ session, live: rest.live[i] ?? false }));
			desk.lens = rest.lens;
			desk.growing = rest.growing;
			chat.turns = sessions.slice(0, rest.turns);
			chat.reading = rest.reading;
			player.speed = rest.speed;
			player.seek(rest.index);
			player.phase = rest.phase;
			Object.assign(look, rest.look);
			write(rest.form);
		}
	);
}
