import { logLikelihood, tokensOf, type DeviceInfo } from '../decode/index.ts';
import type { Notice, Progress } from '../runtime/download.ts';
import {
	comparePrecisions,
	loadModel,
	type LoadedModel,
	type LoadOptions
} from '../runtime/load.ts';
import type { RuntimeErrorCode } from '../runtime/errors.ts';
import { Serial } from '../runtime/serial.ts';
import { measureSweep, recallSweep, rememberSweep, shapeOf } from '../runtime/sweep.ts';
import { WebSource } from '../runtime/source.ts';
import type { Handlers } from './channel.ts';
import { Chat, type Assistant, type Language } from './chat.ts';
import { failureOf, ProtocolError } from './failure.ts';
import { measureService } from './measure.ts';
import type { DecoderCalls, LoadEvent } from './messages.ts';

/** After these the model in memory is of no more use. */
const fatal: readonly (RuntimeErrorCode | string)[] = ['device-lost', 'disposed', 'session'];

interface Held {
	readonly model: LoadedModel;
	readonly language: Language;
	readonly chat: Chat;
	/** The model that drafts for it, once one was asked for. */
	assistant?: Assistant & { readonly base: string; readonly model: LoadedModel };
	/** Weights that some decoders have of their own, once they were asked for. */
	companion?: Companion;
}

interface Companion {
	readonly decoders: readonly string[];
	readonly base: string;
	readonly model: LoadedModel;
	readonly chat: Chat;
}

/**
 * What runs in the worker: one model, one thing at a time.
 * @param languageOf makes the tokenizer from the text of tokenizer.json
 */
export function decoderService(
	languageOf: (tokenizer: string) => Language,
	load: (options: LoadOptions) => Promise<LoadedModel> = loadModel
): Handlers<DecoderCalls> {
	const queue = new Serial();
	const sources = new Map<string, WebSource>();
	let held: Held | undefined;

	/** One source an address, so that files in memory survive from one try to the next. */
	const sourceOf = (base: string) => {
		const source = sources.get(base) ?? new WebSource(base);
		sources.set(base, source);
		return source;
	};
	const unload = async () => {
		const old = held;
		held = undefined;
		await old?.assistant?.model.dispose();
		await old?.companion?.model.dispose();
		await old?.model.dispose();
	};
	const files = (emit: (event: LoadEvent) => void, signal: AbortSignal) => ({
		signal,
		onProgress: (progress: Progress) => emit({ type: 'progress', progress }),
		onNotice: (notice: Notice) => emit({ type: 'notice', notice }),
		onStart: () => emit({ type: 'starting' })
	});

	const measured = measureService(queue, () => {
		if (!held) throw notLoaded();
		held.chat.clear();
		return held.model;
	});

	return {
		...measured,
		async stored({ base }) {
			const source = sourceOf(base);
			return source.stored(await source.either());
		},

		load: ({ base, ...wanted }, emit, signal) =>
			queue.run(async () => {
				signal.throwIfAborted();
				await unload();
				const model = await load({ ...wanted, base: sourceOf(base), ...files(emit, signal) });
				const { manifest, device, reasons, forward } = model;
				const identity = identityOf(model);
				const language = languageOf(model.tokenizer);
				const chat = new Chat(forward, language, { model: identity, device });
				held = { model, language, chat };
				const { license, card, evaluation } = manifest;
				return {
					device,
					reasons,
					identity,
					model: { ...forward.model },
					about: { license, card, evaluation }
				};
			}),

		assist: ({ base }, emit, signal) =>
			queue.run(async () => {
				if (!held) throw notLoaded();
				const { model, assistant } = held;
				if (assistant?.base === base) return assistant.identity;
				signal.throwIfAborted();
				delete held.assistant;
				await assistant?.model.dispose();
				const start = (backend: DeviceInfo['backend']) =>
					load({ base: sourceOf(base), backend, ...files(emit, signal) });
				// A GPU that has no room for two models leaves the small one to the processor.
				const drafter = await start(model.device.backend).catch((error: unknown) => {
					signal.throwIfAborted();
					if (model.device.backend === 'wasm') throw error;
					return start('wasm');
				});
				const identity = identityOf(drafter);
				held.assistant = { base, model: drafter, forward: drafter.forward, identity };
				return identity;
			}),

		accompany: ({ decoders, base, target }, emit, signal) =>
			queue.run(async () => {
				if (!held) throw notLoaded();
				const { model, language, companion } = held;
				if (companion?.base === base) return identityOf(companion.model);
				signal.throwIfAborted();
				delete held.companion;
				await companion?.model.dispose();
				const { backend, precision } = model.device;
				const own = await load({
					base: sourceOf(base),
					target: sourceOf(target),
					backend,
					...(backend === 'webgpu' && { precision }),
					...files(emit, signal)
				});
				const identity = { model: identityOf(own), device: own.device };
				const chat = new Chat(own.forward, language, identity, own.head);
				held.companion = { decoders, base, model: own, chat };
				return identity.model;
			}),

		async count({ prompt, context }) {
			if (!held) throw notLoaded();
			return held.chat.encode(prompt, context).length;
		},

		generate: ({ settings, ...question }, emit, signal) =>
			queue.run(async () => {
				if (!held) throw notLoaded();
				const { language, companion } = held;
				const own = companion?.decoders.includes(settings.decoder) ? companion : undefined;
				const { chat } = own ?? held;
				const assistant = settings.decoder === 'speculative' ? held.assistant : undefined;
				const piecesOf = newPieces(language);
				try {
					const answer = chat.answer(question, settings, signal, assistant);
					let result = await answer.next();
					for (; !result.done; result = await answer.next()) {
						emit({ ...result.value, pieces: piecesOf(tokensOf(result.value.step)) });
					}
					return result.value;
				} catch (error) {
					if (fatal.includes(failureOf(error).code)) await unload().catch(() => undefined);
					throw error;
				}
			}),

		judge: ({ prompt, answers }, _emit, signal) =>
			queue.run(async () => {
				if (!held) throw notLoaded();
				held.chat.clear();
				const found: number[][] = [];
				for (const answer of answers) {
					signal.throwIfAborted();
					found.push(await logLikelihood(held.model.forward, prompt, answer));
				}
				return found;
			}),

		measure: ({ again }, _emit, signal) =>
			queue.run(async () => {
				if (!held) throw notLoaded();
				const { chat, model } = held;
				const { device, forward, manifest } = model;
				const key = { device: nameOf(device), weights: manifest.checkpoint.sha256 };
				const known = again ? undefined : await recallSweep(key.device, key.weights);
				chat.clear();
				const sweep = known ?? (await measureSweep(forward, key, { ...QUICK, signal }));
				if (!sweep) return null;
				if (!known) await rememberSweep(sweep);
				return shapeOf(sweep, manifest);
			}),

		unload: () =>
			queue.run(async () => {
				await unload();
				return null;
			}),

		async remove({ base }) {
			await sourceOf(base).remove();
			return null;
		},

		compare: ({ base }, emit, signal) =>
			queue.run(async () => {
				await unload();
				return comparePrecisions({ base: sourceOf(base), ...files(emit, signal) });
			})
	};
}

/** A sweep that nobody has to wait for. */
const QUICK = { passes: 5, ks: [1, 2, 4, 6, 8, 12, 16], patience: 2000 };

const identityOf = ({ manifest }: LoadedModel) => ({
	name: manifest.name,
	weights: manifest.checkpoint.sha256
});

/** What speed depends on. */
const nameOf = ({ backend, name, precision, threads }: DeviceInfo) =>
	[backend, name, precision, threads].filter((part) => part !== undefined).join(' ');

const notLoaded = () =>
	new ProtocolError('not-loaded', 'No model is loaded. Load it first, then ask again.');

/** Pieces of tokens, each once. */
function newPieces(language: Language): (tokens: readonly number[]) => Record<number, string> {
	const told = new Set<number>();
	return (tokens) => {
		const fresh = [...new Set(tokens)].filter((token) => !told.has(token));
		for (const token of fresh) told.add(token);
		return Object.fromEntries(fresh.map((token) => [token, language.piece(token)]));
	};
}
