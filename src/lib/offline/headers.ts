/**
 * Cross-origin isolation, which WebAssembly's threads need. A host that cannot send these (GitHub Pages, a plain static
 * server) leaves it to the service worker.
 */
export const isolation = {
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Cross-Origin-Embedder-Policy': 'require-corp',
	'Cross-Origin-Resource-Policy': 'same-origin'
} as const;

/** The response with the headers that it lacks; the very same one where the server sent them, or where none can be set. */
export function isolated(response: Response): Response {
	const names = Object.keys(isolation) as (keyof typeof isolation)[];
	const needed = names.slice(0, 2);
	if (response.type === 'opaque' || response.type === 'error' || response.type === 'opaqueredirect')
		return response;
	if (needed.every((name) => response.headers.has(name))) return response;
	const headers = new Headers(response.headers);
	for (const name of names) if (!headers.has(name)) headers.set(name, isolation[name]);
	const { status, statusText } = response;
	// These have no body, and may not be given one.
	const body = [101, 204, 205, 304].includes(status) ? null : response.body;
	return new Response(body, { status, statusText, headers });
}
