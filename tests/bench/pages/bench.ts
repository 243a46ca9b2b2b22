import type { Browser } from 'playwright';

/** What a bench is given: a browser, and the address at which the built site is served. */
export interface Place {
	readonly browser: Browser;
	readonly origin: string;
}

/** One measured quantity. */
export interface Row {
	readonly what: string;
	readonly samples: readonly number[];
	readonly unit: string;
	readonly goal: string;
}

/** A file `NAME.bench.ts` in this folder exports one as `bench`. */
export interface Bench {
	readonly title: string;
	run(place: Place): Promise<Row[]>;
}
