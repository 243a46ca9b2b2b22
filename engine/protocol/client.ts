import type { CompanionDecoder } from '../runtime/companions.ts';
import type { ShapeChoice } from '../decode/bestShape.ts';
import type { Session } from '../decode/index.ts';
import type { Agreement, MicroTest, SlotTime } from '../runtime/measure/index.ts';
import type { PrecisionComparison } from '../runtime/precision.ts';
import { Caller, type Port } from './channel.ts';
import { ProtocolError } from './failure.ts';
import type { MeasureCalls, Probe } from './measure.ts';
import type {
	DecoderCalls,
	GenerateEvent,
	GenerateRequest,
	Loaded,
	LoadEvent,
	LoadRequest
} from './messages.ts';

/** What of a Worker is needed here. */
export interface WorkerLike extends Port {
	addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
	addEventListener(type: 'error' | 'messageerror', listener: (event: Event) => void): void;
	terminate(): void;
}

interface Line {
	readonly worker: WorkerLike;
	readonly caller: Caller<DecoderCalls>;
}

/**
 * The page's side of the decoder: a worker that is started when first needed, and started anew after it
 * crashed (the model must then be loaded again). All methods throw ProtocolError.
 */
export class DecoderClient {
	#line: Line | undefined;

	constructor(private readonly start: () => WorkerLike) {}

	stored(base: string): Promise<{ bytes: number; total: number }> {
		return this.#caller.call('stored', { base });
	}

	load(
		request: LoadRequest,
		onEvent?: (event: LoadEvent) => void,
		signal?: AbortSignal
	): Promise<Loaded> {
		return this.#caller.call('load', request, onEvent, signal);
	}

	/** Brings the model that drafts for the loaded one. */
	assist(
		base: string,
		onEvent?: (event: LoadEvent) => void,
		signal?: AbortSignal
	): Promise<Session['model']> {
		return this.#caller.call('assist', { base }, onEvent, signal);
	}

	/** Brings the weights that these decoders have of their own; `target` is the model that they rest on. */
	accompany(
		own: { decoders: readonly CompanionDecoder[]; base: string; target: string },
		onEvent?: (event: LoadEvent) => void,
		signal?: AbortSignal
	): Promise<Session['model']> {
		return this.#caller.call('accompany', own, onEvent, signal);
	}

	/** Tokens that a prompt would add behind a context, chat format included. */
	count(prompt: string, context: readonly number[]): Promise<number> {
		return this.#caller.call('count', { prompt, context });
	}

	/**
	 * An answer, step by step; returns its session. An aborted signal ends it as 'stopped'; so does
	 * leaving the loop.
	 */
	async *generate(
		request: GenerateRequest,
		signal?: AbortSignal
	): AsyncGenerator<GenerateEvent, Session> {
		const left = new AbortController();
		const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
		const events: GenerateEvent[] = [];
		let wake = () => {};
		let session: Session | undefined;
		let error: unknown;
		let ended = false;
		this.#caller
			.call(
				'generate',
				request,
				(event) => {
					events.push(event);
					wake();
				},
				stop
			)
			.then(
				(result) => (session = result),
				(reason: unknown) => (error = reason)
			)
			.finally(() => {
				ended = true;
				wake();
			});
		try {
			for (;;) {
				const event = events.shift();
				if (event) yield event;
				else if (ended) break;
				else await new Promise<void>((resolve) => (wake = resolve));
			}
			if (error) throw error;
			return session!;
		} finally {
			left.abort();
		}
	}

	/** ln p of each token of each answer under the loaded model's AR half. */
	judge(
		prompt: readonly number[],
		answers: readonly (readonly number[])[],
		signal?: AbortSignal
	): Promise<readonly (readonly number[])[]> {
		return this.#caller.call('judge', { prompt, answers }, undefined, signal);
	}

	/** Which k is fastest on this device; null where measuring would take too long. */
	measure(again: boolean): Promise<ShapeChoice | null> {
		return this.#caller.call('measure', { again });
	}

	/** What this device is, and what small kernels reach on it. */
	probe(
		backend: MeasureCalls['probe']['request']['backend'],
		onTest?: (test: MicroTest) => void,
		signal?: AbortSignal
	): Promise<Probe> {
		return this.#caller.call('probe', { backend }, onTest, signal);
	}

	/** Times passes of 1 to 272 slots of the loaded model. */
	slots(
		patience: number,
		onTime?: (event: MeasureCalls['slots']['event']) => void,
		signal?: AbortSignal
	): Promise<readonly SlotTime[]> {
		return this.#caller.call('slots', { patience }, onTime, signal);
	}

	/** Compares the loaded model with a recording of it. */
	agree(session: Pick<Session, 'steps'>, signal?: AbortSignal): Promise<Agreement> {
		return this.#caller.call('agree', { session }, undefined, signal);
	}

	async unload(): Promise<void> {
		await this.#caller.call('unload', null);
	}

	async remove(base: string): Promise<void> {
		await this.#caller.call('remove', { base });
	}

	compare(
		base: string,
		onEvent?: (event: LoadEvent) => void,
		signal?: AbortSignal
	): Promise<PrecisionComparison> {
		return this.#caller.call('compare', { base }, onEvent, signal);
	}

	/** Ends the worker and with it all calls; the next call starts another. */
	close(): void {
		this.#end('The decoder was closed.');
	}

	get #caller(): Caller<DecoderCalls> {
		if (this.#line) return this.#line.caller;
		const worker = this.start();
		const line = { worker, caller: new Caller<DecoderCalls>(worker) };
		const crashed = (event: Event) => {
			if (this.#line !== line) return;
			const detail = 'message' in event && event.message ? ` (${String(event.message)})` : '';
			this.#end(
				`The part of the page that runs the model stopped${detail}. Load the model again; if it stops again, the device may be short of memory.`
			);
		};
		worker.addEventListener('error', crashed);
		worker.addEventListener('messageerror', crashed);
		this.#line = line;
		return line.caller;
	}

	#end(message: string): void {
		const line = this.#line;
		this.#line = undefined;
		line?.worker.terminate();
		line?.caller.fail(new ProtocolError('worker', message));
	}
}
