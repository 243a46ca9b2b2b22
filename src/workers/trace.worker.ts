/// <reference lib="webworker" />
import { parseTrace, traceLimits, traceOfSession } from '../../engine/timeline/index.ts';
import { parseSession } from '../lib/decode/parse.ts';
import { kindOfText, type Opened } from '../lib/timeline/open.ts';

/** Reads a file off the page's thread: a trace, or a session of /decode. Answers with one message. */
self.onmessage = async ({ data }: MessageEvent<Blob>) => {
	let opened: Opened;
	try {
		opened = await open(data);
	} catch (error) {
		opened = { ok: false, problem: { kind: 'unreadable', why: (error as Error).message } };
	}
	self.postMessage(opened);
};

async function open(file: Blob): Promise<Opened> {
	const { text, cut } = await read(file);
	if (kindOfText(text) === 'session') {
		const parsed = parseSession(text);
		if (!parsed.ok) return { ok: false, problem: { kind: 'session', problem: parsed.problem } };
		const { session } = parsed;
		const name = `${session.settings.decoder}: ${session.prompt.slice(0, 60)}`;
		return { ok: true, runs: [{ name, timeline: traceOfSession(session) }] };
	}
	return parseTrace(text, cut);
}

/** The text, unpacked where it is gzip; no more than the limit. */
async function read(file: Blob): Promise<{ text: string; cut: boolean }> {
	const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
	const packed = head[0] === 0x1f && head[1] === 0x8b;
	const stream = packed
		? file.stream().pipeThrough(new DecompressionStream('gzip'))
		: file.stream();
	const reader = stream.getReader();
	const decoder = new TextDecoder();
	const parts: string[] = [];
	let bytes = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return { text: parts.join('') + decoder.decode(), cut: false };
		bytes += value.length;
		parts.push(decoder.decode(value, { stream: true }));
		if (bytes > traceLimits.bytes) {
			await reader.cancel();
			return { text: parts.join(''), cut: true };
		}
	}
}
