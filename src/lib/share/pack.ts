import { deflateSync, Inflate } from 'fflate';

/** Bytes that a link may unfold to: a text of a few kilobytes must not become gigabytes. */
const MOST = 1e6;
/** Characters of a packed text that are read at all. */
const LONGEST = 60_000;

/** Data as text for a link: JSON, deflated, in base64url. Begins with its version, 1. */
export function pack(data: unknown): string {
	const bytes = deflateSync(new TextEncoder().encode(JSON.stringify(data)), { level: 9 });
	const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
	return `1${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** What `pack` was given; undefined where a text is none of its making. Never throws. */
export function unpack(text: string): unknown {
	if (!text.startsWith('1') || text.length > LONGEST || !/^[\w-]*$/.test(text)) return undefined;
	try {
		const binary = atob(text.slice(1).replaceAll('-', '+').replaceAll('_', '/'));
		const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(inflate(bytes)));
	} catch {
		return undefined;
	}
}

/** @throws Error beyond MOST bytes, or where it is not deflated data. */
function inflate(bytes: Uint8Array): Uint8Array {
	const out = new Uint8Array(MOST);
	let length = 0;
	let ended = false;
	const stream = new Inflate((chunk, last) => {
		if (length + chunk.length > MOST) throw new RangeError('too long');
		out.set(chunk, length);
		length += chunk.length;
		ended = last;
	});
	// In small pieces, so that what is too long is noticed early.
	const STEP = 512;
	for (let at = 0; at < bytes.length; at += STEP) {
		stream.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
	}
	if (!ended) throw new RangeError('cut off');
	return out.subarray(0, length);
}
