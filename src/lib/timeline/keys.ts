import type { Push } from './glide.ts';

export type Action =
	| 'fit'
	| 'focus'
	| 'next'
	| 'previous'
	| 'up'
	| 'down'
	| 'play'
	| 'search'
	| 'clear'
	| 'mark'
	| 'pin'
	| 'unmark'
	| 'area'
	| 'slow'
	| 'follow'
	| 'first'
	| 'last'
	| 'help';

/** By place on the keyboard, so that W A S D lie together on every layout. */
const pushes: Readonly<Record<string, Push>> = {
	KeyW: 'in',
	KeyS: 'out',
	KeyA: 'back',
	KeyD: 'on',
	ArrowLeft: 'back',
	ArrowRight: 'on',
	NumpadAdd: 'in',
	NumpadSubtract: 'out'
};
const signs: Readonly<Record<string, Action | Push>> = {
	'+': 'in',
	'=': 'in',
	'-': 'out',
	'.': 'next',
	',': 'previous',
	'/': 'search',
	'?': 'help',
	' ': 'play',
	'0': 'fit',
	Escape: 'clear',
	Delete: 'unmark',
	Home: 'first',
	End: 'last'
};
const letters: Readonly<Record<string, Action>> = {
	f: 'focus',
	m: 'mark',
	p: 'pin',
	r: 'area',
	l: 'slow',
	n: 'follow'
};

const isPush = (found: Action | Push): found is Push =>
	found === 'in' || found === 'out' || found === 'back' || found === 'on';

export type Meaning = { readonly push: Push } | { readonly action: Action };

/**
 * What a key means on the timeline page. Where one types or turns a control, keys keep their usual meaning; Space
 * presses what is focused; ArrowUp and ArrowDown climb only while the drawing has the focus, else they scroll.
 */
export function keyMeaning(
	event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey'>,
	target: { matches(selector: string): boolean }
): Meaning | undefined {
	if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
	if (target.matches('textarea, select, input:not([type=checkbox]), dialog *')) return undefined;
	const drawing = target.matches('[role=application]');
	if (event.key === 'ArrowUp') return drawing ? { action: 'up' } : undefined;
	if (event.key === 'ArrowDown') return drawing ? { action: 'down' } : undefined;
	if (event.key === 'Enter') return drawing ? { action: 'focus' } : undefined;
	if (event.key === ' ' && target.matches('button, a, summary, input')) return undefined;
	if ((event.key === 'Home' || event.key === 'End') && !drawing) return undefined;
	const found = pushes[event.code] ?? signs[event.key] ?? letters[event.key.toLowerCase()];
	if (!found) return undefined;
	return isPush(found) ? { push: found } : { action: found };
}
