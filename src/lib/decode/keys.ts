export type Action =
	'back' | 'forward' | 'toggle' | 'first' | 'last' | 'slower' | 'faster' | 'help' | 'leave';

const keys: Readonly<Record<string, Action>> = {
	ArrowLeft: 'back',
	ArrowRight: 'forward',
	',': 'back',
	'.': 'forward',
	Home: 'first',
	End: 'last',
	'[': 'slower',
	']': 'faster',
	'?': 'help',
	' ': 'toggle',
	Escape: 'leave'
};

/**
 * What a key does on the decoder page. Where one types or turns a control, keys keep their usual meaning (only
 * Escape counts), and Space presses what is focused.
 */
export function keyAction(
	event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
	target: { matches(selector: string): boolean }
): Action | undefined {
	if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
	const action = keys[event.key];
	if (action === 'leave') return action;
	if (target.matches('textarea, select, input:not([type=checkbox])')) return undefined;
	if (action === 'toggle' && target.matches('button, a, summary, input')) return undefined;
	return action;
}
