import { replaceState } from '$app/navigation';
import { named, plainView, readView, searchOf, type View } from './view.ts';

/** Milliseconds until the address follows: browsers refuse many changes in a row. */
const DELAY = 250;

/** What a page tells the one that shows it in a frame, if both are of one origin. */
export interface PlaceMessage {
	readonly type: 'tidar-lab:place';
	/** Query and fragment, or the whole address within the site after a link was followed. */
	readonly href: string;
}

/** What the address says beside the page's own state, and what that state is about to be. */
class Address {
	view = $state.raw<View>(plainView);
	/** The state that the address will have in a moment. */
	#next: { readonly path: string; readonly state: URLSearchParams } | undefined;
	#sheet: CSSStyleSheet | undefined;

	/** Takes over what a link asks for; it then stays while pages change. */
	arrive(): void {
		this.view = readView(new URLSearchParams(location.search));
		const { dataset } = document.documentElement;
		for (const flag of ['embed', 'projector'] as const) {
			if (this.view[flag]) dataset[flag] = '';
			else delete dataset[flag];
		}
		if (named(this.view.hide).length > 0) {
			// A sheet made by script needs no exception in the content security policy.
			this.#sheet ??= new CSSStyleSheet();
			const parts = named(this.view.hide).map((part) => `[data-part='${part}']`);
			this.#sheet.replaceSync(`${parts.join(', ')} { display: none !important; }`);
			document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
		}
		// app.html has set it, so that nothing flashes up.
		delete dataset.hide;
	}

	/**
	 * The address follows a page's state, a moment later and without history entries; what the link shows beside
	 * it stays. Called in an effect; what it returns undoes a change that is still to come.
	 */
	follow(state: URLSearchParams): () => void {
		this.#next = { path: location.pathname, state };
		const timer = setTimeout(() => {
			const search = searchOf(state, this.view);
			if (search !== location.search) {
				replaceState(`${location.pathname}${search}${location.hash}`, {});
			}
			this.tell();
		}, DELAY);
		return () => clearTimeout(timer);
	}

	/** Tells a page of ours that shows this one in a frame where it is. */
	tell(): void {
		if (parent === window) return;
		const { pathname, search, hash } = location;
		const message: PlaceMessage = { type: 'tidar-lab:place', href: pathname + search + hash };
		parent.postMessage(message, location.origin);
	}

	/** A link to exactly what is on the screen, shown in another way. */
	link(view: View): string {
		const url = new URL(location.href);
		const next = this.#next?.path === location.pathname ? this.#next.state : url.searchParams;
		url.search = searchOf(next, view);
		return url.href;
	}
}

export const address = new Address();
