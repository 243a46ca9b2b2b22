import { readFileSync } from 'node:fs';

/** Addresses of all pages of the build, from the list that the service worker keeps them by: a new page joins by itself. */
export function allPages(): string[] {
	const { first } = JSON.parse(readFileSync('build/offline.json', 'utf8')) as {
		first: [address: string, bytes: number][];
	};
	return first.map(([address]) => `/${address}`).filter((address) => address.endsWith('/'));
}

/**
 * One page of each kind: lessons are made of the same parts, so the first stands for all; what is generated from doc
 * comments likewise.
 */
export function pageKinds(): string[] {
	const seen = new Set<string>();
	return allPages().filter((path) => {
		const kind = path
			.replace(/\/learn\/[^/]+\/[^/]+\//, '/learn/*/*/')
			.replace(/\/api\/.+/, '/api/*/');
		return !seen.has(kind) && seen.add(kind);
	});
}

export const isChinese = (path: string): boolean => path.startsWith('/zh/');
