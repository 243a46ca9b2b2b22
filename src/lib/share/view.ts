/**
 * What of a page a link shows, beside the page's own state:
 *
 *     embed       without header and footer, for an iframe in a course page
 *     projector   large type and strong colours, for a bright room
 *     hide=a,b    without these parts, for a class
 */
export interface View {
	readonly embed: boolean;
	readonly projector: boolean;
	/** Names of parts, as asked for; `unknownParts` tells which a page does not have. */
	readonly hide: readonly string[];
}

export const plainView: View = { embed: false, projector: false, hide: [] };

/** Names in the address. No page may use them for its own state. */
export const viewNames = ['embed', 'projector', 'hide'] as const;

/**
 * Parts that can be hidden, by page; its markup carries `data-part`. A test holds the two together. '/learn/' stands
 * for all lessons.
 */
export const partsOfPages: Readonly<Record<string, readonly string[]>> = {
	'/decode/': [
		'intro',
		'prompt',
		'setup',
		'told',
		'stage',
		'mask',
		'candidates',
		'cache',
		'counters',
		'acceptance',
		'files'
	],
	'/race/': ['intro', 'controls', 'told', 'files'],
	'/simulate/': ['intro', 'controls', 'headline', 'files'],
	'/timeline/': ['intro', 'sources', 'settings'],
	'/measure/': ['intro', 'machine', 'micro', 'files'],
	'/learn/': ['crumbs', 'heading', 'figure', 'text', 'exercise', 'quiz']
};

/** A part's name: what `data-part` and `hide=` may hold. */
const name = /^[a-z]{1,20}$/;
const MOST = 20;

/** Parts of the page at a path (without base and language, with its trailing slash). */
export function partsOf(path: string): readonly string[] {
	const lesson = /^\/learn\/[^/]+\/[^/]+\/$/.test(path);
	const key = lesson ? '/learn/' : path === '/learn/' ? '' : path;
	return Object.hasOwn(partsOfPages, key) ? partsOfPages[key]! : [];
}

/** Reads what a link shows. Never throws: whatever is asked for, `hide` holds at most 20 names. */
export function readView(params: URLSearchParams): View {
	// By letters, not by halves of them: half a letter cannot be written into an address again.
	const hide = [...(params.get('hide') ?? '')]
		.slice(0, 500)
		.join('')
		.split(',')
		.map((part) => part.trim())
		.filter((part) => part !== '');
	return {
		embed: isOn(params.get('embed')),
		projector: isOn(params.get('projector')),
		hide: [...new Set(hide)].slice(0, MOST)
	};
}

const isOn = (value: string | null) => value !== null && value !== '0' && value !== 'false';

/** What of a view a page cannot hide, as it was asked for. */
export const unknownParts = ({ hide }: View, path: string): string[] =>
	hide.filter((part) => !partsOf(path).includes(part));

/** The names among these that are safe in a selector. */
export const named = (parts: readonly string[]): string[] =>
	parts.filter((part) => name.test(part));

/**
 * The query of a page's own state with a view added: '' or '?…'. Flags stand without '=', as they are typed.
 */
export function searchOf(state: URLSearchParams, view: View): string {
	const own = new URLSearchParams(state);
	for (const known of viewNames) own.delete(known);
	const pieces = [
		own.toString(),
		view.embed ? 'embed' : '',
		view.projector ? 'projector' : '',
		// A comma is allowed in a query, and easier to read than %2C.
		view.hide.length > 0 ? `hide=${view.hide.map(encodeURIComponent).join(',')}` : ''
	].filter((piece) => piece !== '');
	return pieces.length > 0 ? `?${pieces.join('&')}` : '';
}
