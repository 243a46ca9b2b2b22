/** What pages and the service worker tell each other. Pages load the worker's code never, so this is all they share. */
export type ToWorker =
	/** A page is there: keep what is missing, forget what nobody needs any more. */
	| { readonly type: 'keep' }
	/** Keep these as well (addresses relative to the base). */
	| { readonly type: 'keep-also'; readonly addresses: readonly string[] }
	/** Delete what was kept because it was used. */
	| { readonly type: 'forget-used' }
	/** The visitor wants the new version now. */
	| { readonly type: 'take-over' };

export type FromWorker =
	/** Bytes of the site that are kept, and in all. */
	| { readonly type: 'kept'; readonly done: number; readonly total: number }
	/** The answer to keep-also and forget-used. */
	| { readonly type: 'done' }
	| { readonly type: 'failed'; readonly message: string };
