import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cacheFile } from '../../api/cache.js';

/** What the doc comments of engine/ say: src/api/extract.js writes it. */
export interface ApiModule {
	/** The folder of engine/; it is imported as tidar-lab/NAME. */
	readonly name: string;
	readonly comment?: ApiComment;
	readonly entries: readonly ApiEntry[];
}

export interface ApiEntry {
	readonly name: string;
	readonly kind: 'function' | 'class' | 'interface' | 'type' | 'constant';
	readonly signature: string;
	readonly comment?: ApiComment;
	readonly parameters: readonly { readonly name: string; readonly text: string }[];
	readonly members: readonly { readonly name: string; readonly comment?: ApiComment }[];
	/** file:line */
	readonly source?: string;
}

export interface ApiComment {
	readonly text: string;
	readonly throws: readonly string[];
	readonly returns: readonly string[];
}

let read: readonly ApiModule[] | undefined;

/** The API of the engine. Reading it takes TypeDoc some ten seconds, once for each state of engine/. */
export function apiModules(): readonly ApiModule[] {
	if (read) return read;
	const file = cacheFile();
	if (!existsSync(file))
		execFileSync(process.execPath, ['src/api/extract.js'], { stdio: 'inherit' });
	const { modules } = JSON.parse(readFileSync(file, 'utf8')) as { modules: ApiModule[] };
	return (read = modules);
}
