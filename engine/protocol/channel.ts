import { ProtocolError, failureOf, type Failure } from './failure.ts';

/**
 * Calls over a message port: each has a request, any number of events on the way, and a result or a
 * failure. A call can be cancelled. Everything that travels is plain data.
 */
export type Calls = Record<string, { request: unknown; event: unknown; result: unknown }>;

/** A Worker, or the inside of one, or one end of a MessageChannel. */
export interface Port {
	postMessage(message: unknown): void;
	addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

type Asked =
	| { readonly id: number; readonly call: string; readonly request: unknown }
	| { readonly id: number; readonly cancel: true };

type Told =
	| { readonly id: number; readonly event: unknown }
	| { readonly id: number; readonly result: unknown }
	| { readonly id: number; readonly failure: Failure };

/** What the far side does for each call. */
export type Handlers<C extends Calls> = {
	readonly [Name in keyof C]: (
		request: C[Name]['request'],
		emit: (event: C[Name]['event']) => void,
		signal: AbortSignal
	) => Promise<C[Name]['result']>;
};

/** Answers the calls that arrive at a port. */
export function serve<C extends Calls>(port: Port, handlers: Handlers<C>): void {
	const running = new Map<number, AbortController>();
	port.addEventListener('message', ({ data }: MessageEvent<Asked>) => {
		const { id } = data;
		if ('cancel' in data) {
			running.get(id)?.abort();
			return;
		}
		const controller = new AbortController();
		running.set(id, controller);
		const tell = (message: Told) => port.postMessage(message);
		handlers[data.call as keyof C]!(
			data.request as never,
			(event) => tell({ id, event }),
			controller.signal
		)
			.then(
				(result) => tell({ id, result }),
				(error: unknown) => tell({ id, failure: failureOf(error) })
			)
			.finally(() => running.delete(id));
	});
}

interface Pending {
	readonly onEvent: (event: unknown) => void;
	readonly resolve: (result: unknown) => void;
	readonly reject: (error: ProtocolError) => void;
}

/** The calling side of a port. */
export class Caller<C extends Calls> {
	#next = 1;
	readonly #pending = new Map<number, Pending>();

	constructor(private readonly port: Port) {
		port.addEventListener('message', ({ data }: MessageEvent<Told>) => {
			const pending = this.#pending.get(data.id);
			if (!pending) return;
			if ('event' in data) return pending.onEvent(data.event);
			this.#pending.delete(data.id);
			if ('failure' in data) {
				pending.reject(new ProtocolError(data.failure.code, data.failure.message));
			} else pending.resolve(data.result);
		});
	}

	/**
	 * @param signal cancels the call; it then ends as the far side sees fit.
	 * @throws ProtocolError
	 */
	call<Name extends keyof C & string>(
		call: Name,
		request: C[Name]['request'],
		onEvent: (event: C[Name]['event']) => void = () => {},
		signal?: AbortSignal
	): Promise<C[Name]['result']> {
		const id = this.#next++;
		const cancel = () => this.port.postMessage({ id, cancel: true } satisfies Asked);
		const result = new Promise((resolve, reject) => {
			this.#pending.set(id, { onEvent: onEvent as Pending['onEvent'], resolve, reject });
			this.port.postMessage({ id, call, request } satisfies Asked);
			if (signal?.aborted) cancel();
			signal?.addEventListener('abort', cancel);
		});
		return result.finally(() => signal?.removeEventListener('abort', cancel));
	}

	/** Ends all calls in progress: the far side is gone. */
	fail(error: ProtocolError): void {
		for (const { reject } of this.#pending.values()) reject(error);
		this.#pending.clear();
	}
}
