import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decode, session, type Session, type Settings, type Step } from '../decode/index.ts';
import { loadModel, type LoadedModel } from '../runtime/load.ts';
import { Tokenizer, TextStream, type TokenizerJson } from '../tokenizer/index.ts';
import { UsageError } from './arguments.ts';

/** The exported model that the site serves. */
export const MODEL = fileURLToPath(
	new URL('../../static/models/tidar-smollm2-135m', import.meta.url)
);

/** The exported model that drafts for it. */
export const DRAFT = fileURLToPath(new URL('../../static/models/intern-17m', import.meta.url));

export interface Request {
	readonly prompt: string;
	readonly settings: Settings;
	/** Folder of an exported model. */
	readonly model: string;
	/** Folder of the exported model that drafts. */
	readonly draft?: string;
	/** Take the prompt as it is, without the chat format. */
	readonly raw?: boolean;
	/** Threads of WebAssembly. */
	readonly threads?: number;
}

const identityOf = ({ manifest }: LoadedModel) => ({
	name: manifest.name,
	weights: manifest.checkpoint.sha256
});

/** Answers the request; `onText` gets the answer as it grows. */
export async function answer(
	request: Request,
	onText: (text: string) => void = () => {}
): Promise<Session> {
	const { prompt, settings, raw } = request;
	const load = (base: string) => loadModel({ base, backend: 'wasm', threads: request.threads });
	const model = await load(request.model);
	let drafting: Awaited<ReturnType<typeof load>> | undefined;
	try {
		if (request.draft !== undefined) drafting = await load(request.draft);
		const json = await readFile(`${request.model}/${model.manifest.tokenizer.file.file}`, 'utf8');
		const tokenizer = new Tokenizer(JSON.parse(json) as TokenizerJson);
		const promptTokens = raw
			? tokenizer.encode(prompt)
			: tokenizer.encodeChat(prompt, { first: true });
		if (promptTokens.length >= model.forward.model.capacity) {
			throw new UsageError(
				`--prompt has ${promptTokens.length} tokens with the chat format; the cache holds ${model.forward.model.capacity}. Shorten it.`
			);
		}
		const piece = (token: number) => tokenizer.piece(token);
		const stream = new TextStream();
		const steps: Step[] = [];
		let text = '';
		const show = (more: string) => {
			text += more;
			onText(more);
		};
		const decoder = decode(model.forward, promptTokens, settings, undefined, {
			draft: drafting?.forward
		});
		let result = await decoder.next();
		for (; !result.done; result = await decoder.next()) {
			steps.push(result.value);
			for (const token of result.value.emitted)
				if (!tokenizer.isSpecial(token)) show(stream.push(piece(token)));
		}
		show(stream.end());
		return session(
			{
				model: identityOf(model),
				...(drafting && { draft: identityOf(drafting) }),
				prompt,
				context: [],
				promptTokens,
				settings,
				device: model.device,
				date: new Date().toISOString(),
				steps,
				ending: result.value,
				text
			},
			piece
		);
	} finally {
		await drafting?.dispose();
		await model.dispose();
	}
}
