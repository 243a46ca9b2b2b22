import type { DeviceInfo, Ending, Settings, Step } from '$engine/decode/index.ts';

/** What the page asks of the model in its worker. `src/lib/state/worker-engine.ts` answers. */
export interface Engine {
	/** Bytes of the download, and how many of them this browser has. */
	inspect(): Promise<{ readonly total: number; readonly stored: number }>;
	/** Brings the model here and starts it. Aborting keeps the files that are complete. */
	load(on: LoadEvents, signal: AbortSignal): Promise<Loaded>;
	/** Tokens that a prompt would add to the cache, chat format included. */
	count(prompt: string, continues: boolean): Promise<number>;
	/** Answers a prompt; each step as it is done. Aborting ends it before the next pass. */
	answer(request: Request, signal: AbortSignal): AsyncGenerator<Written, Ending>;
	/** Unloads the model and deletes its files. */
	remove(): Promise<void>;
	/** Ends the worker and all that runs in it. */
	dispose(): void;
	/** Called when the device fails. */
	onlost?: (failure: Failure) => void;
}

export interface LoadEvents {
	progress(progress: Progress): void;
	notice(notice: Remark): void;
	/** All files are here; the session is being created. */
	started(): void;
}

/** Bytes; rate in bytes a second where it is known. */
export interface Progress {
	readonly done: number;
	readonly total: number;
	readonly rate?: number;
}

/** A fallback or a notice: a code that the page has words for, and the engine's own sentence. */
export interface Remark {
	readonly code: string;
	readonly message: string;
}

export type Failure = Remark;

export interface Loaded {
	readonly name: string;
	/** sha256 of the checkpoint. */
	readonly weights: string;
	readonly device: DeviceInfo;
	readonly reasons: readonly Remark[];
	/** Positions that the cache holds. */
	readonly capacity: number;
}

export interface Request {
	readonly prompt: string;
	readonly settings: Settings;
	/** Go on behind this text, in tokens: the chat so far. Empty for a new chat. */
	readonly context: readonly number[];
}

/** A step and the pieces of the tokens that it mentions for the first time. */
export interface Written {
	readonly step: Step;
	readonly pieces: Readonly<Record<number, string>>;
}
