export type Action =
	| 'forward'
	| 'back'
	| 'first'
	| 'last'
	| 'black'
	| 'freeze'
	| 'spotlight'
	| 'timer'
	| 'reveal'
	| 'audience'
	| 'screen'
	| 'help'
	| 'leave';

const keys: Readonly<Record<string, Action>> = {
	PageDown: 'forward',
	PageUp: 'back',
	ArrowRight: 'forward',
	ArrowLeft: 'back',
	' ': 'forward',
	Home: 'first',
	End: 'last',
	b: 'black',
	'.': 'black',
	f: 'freeze',
	s: 'spotlight',
	t: 'timer',
	r: 'reveal',
	a: 'audience',
	F5: 'screen',
	'?': 'help',
	Escape: 'leave'
};

/** What clickers send beside the arrows; they count wherever the focus is, in a page of the scene as well. */
const clicker = new Set(['PageDown', 'PageUp', 'F5']);

/**
 * What a key does while a lecture is given. Where one types, only a clicker's keys count; within the page of a scene
 * (`within`) all others are the page's own, except Escape, which comes back.
 */
export function keyAction(
	event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
	target: { matches(selector: string): boolean },
	within: boolean
): Action | undefined {
	if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
	const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
	const action = Object.hasOwn(keys, key) ? keys[key] : undefined;
	if (clicker.has(key)) return action;
	if (within) return key === 'Escape' ? action : undefined;
	if (target.matches('textarea, select, input:not([type=checkbox])')) {
		return key === 'Escape' ? action : undefined;
	}
	if (key === ' ' && target.matches('button, a, summary, input')) return undefined;
	return action;
}
