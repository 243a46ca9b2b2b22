import { readFileSync } from 'node:fs';

/** Addresses of all pages of the build, small ones first, from the list that the service worker keeps them by: a new page joins by itself. */
export function allPages(): string[] {
	const { first } = JSON.parse(readFileSync('build/offline.json', 'utf8')) as {
		first: [address: string, bytes: number][];
	};
	return first
		.filter(([address]) => /(^|\/)$/.test(address))
		.sort(([, a], [, b]) => a - b)
		.map(([address]) => `/${address}`);
}

/**
 * One page of each kind, the smallest: lessons are made of the same parts, and so are the pages written from doc
 * comments.
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
