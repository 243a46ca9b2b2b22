import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
	decode,
	session,
	type DecoderName,
	type Session,
	type Settings,
	type Step
} from '../decode/index.ts';
import { COMPANIONS, hasCompanion, parseCompanions } from '../runtime/companions.ts';
import { loadModel, type LoadedModel } from '../runtime/load.ts';
import { isBeside } from '../runtime/manifest.ts';
import { diskSource } from '../runtime/source.ts';
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
	/** Folder of an exported model, or of what rests on one that lies beside it. */
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

/**
 * The exported model that a decoder runs on where none is named: weights of its own where there are, else the site's.
 * @throws UsageError where it cannot do without its own
 */
export function modelFor(decoder: DecoderName): string {
	const own = ownFor(decoder);
	if (own !== undefined) return own;
	if (decoder !== 'eagle3') return MODEL;
	throw new UsageError(
		'--decoder eagle3 needs a trained head, and static/models has none; train and export one (engine/train/README.md), or name its folder with --model.'
	);
}

/** Weights that the site has for a decoder alone: their folder; undefined where it needs none, or they are not there. */
export function ownFor(decoder: DecoderName): string | undefined {
	if (!hasCompanion(decoder)) return undefined;
	const models = dirname(MODEL);
	const own = parseCompanions(readFileSync(join(models, COMPANIONS), 'utf8'))[decoder];
	return own === null ? undefined : join(models, own);
}

/** Loads a model, or what rests on one with it. @throws UsageError where a folder is missing */
async function load(folder: string, threads?: number): Promise<LoadedModel> {
	const there = (path: string, what: string) => {
		if (existsSync(join(path, 'manifest.json'))) return;
		throw new UsageError(
			`${what}: there is no exported model in ${path} (no manifest.json); export it there, or name another folder.`
		);
	};
	there(folder, '--model');
	const manifest = await diskSource(folder).either();
	const target = isBeside(manifest) ? join(dirname(folder), manifest.target.name) : undefined;
	if (target !== undefined) there(target, `--model: ${manifest.name} rests on another model`);
	return loadModel({ base: folder, target, backend: 'wasm', threads });
}

/** Answers the request; `onText` gets the answer as it grows. */
export async function answer(
	request: Request,
	onText: (text: string) => void = () => {}
): Promise<Session> {
	const { prompt, settings, raw } = request;
	const model = await load(request.model, request.threads);
	let drafting: LoadedModel | undefined;
	try {
		if (settings.decoder === 'eagle3' && !model.head) {
			throw new UsageError(
				`--decoder eagle3 needs a trained head; ${request.model} holds a whole model. Name the head's folder with --model.`
			);
		}
		if (request.draft !== undefined) drafting = await load(request.draft, request.threads);
		const tokenizer = new Tokenizer(JSON.parse(model.tokenizer) as TokenizerJson);
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
			draft: drafting?.forward,
			head: model.head
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
