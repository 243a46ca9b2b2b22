import type { RecordedFile } from '../../engine/cli/recordings.ts';

/** What a run of the benchmark does; the page fetches it as plan.json. */
export interface Plan {
	/** Folder of the model, relative to the page. */
	readonly model: string;
	/** Folder of the model that drafts for it, for the stage `sessions`. */
	readonly draft: string;
	/** Parts of the run, in order; each is a fresh page load. */
	readonly stages: readonly StageName[];
	/** Decode steps of each kind that are measured. */
	readonly steps: number;
	/** Prompts answered by both decoders, and tokens of an answer at most. */
	readonly prompts: readonly string[];
	readonly maxTokens: number;
	/** Passes of the slots sweep for each k; 0 leaves it out. */
	readonly sweep: number;
	/** Passes measured kernel by kernel; 0 leaves it out. */
	readonly profile: number;
	/** No prompt is begun so many seconds after the page of its stage was opened. */
	readonly deadline: number;
}

/**
 * cold: download and first start; fast: all of the table, float32, fused kernels, steps ahead of the page; fused:
 * steps that wait until they are asked for; trees: answers by candidate trees of several sizes; replay: steps that repeat
 * recorded commands of ONNX Runtime; plain: steps that ONNX Runtime encodes; f16: steps and answers in float16,
 * recorded; unclocked: steps without timestamps; sessions: the recordings of the site.
 */
export const stageNames = [
	'cold',
	'fast',
	'trees',
	'fused',
	'replay',
	'plain',
	'f16',
	'unclocked',
	'sessions'
] as const;
export type StageName = (typeof stageNames)[number];

/** Median and spread of measurements, milliseconds unless said otherwise. */
export interface Spread {
	readonly n: number;
	readonly median: number;
	readonly p10: number;
	readonly p90: number;
	readonly max: number;
}

/** A kind of decode step: the whole step as the decoder's caller sees it, and the parts of its pass. */
export interface StepSpread {
	/** Slots. */
	readonly q: number;
	/** Cache columns. */
	readonly columns: number;
	readonly step: Spread;
	readonly encode?: Spread;
	readonly gpu?: Spread;
	readonly readback?: Spread;
	readonly tokensPerPass: number;
}

/** Kernels of one pass that share a pipeline, by timestamps around each. */
export interface KernelTime {
	/** The buffers that the shader names, which tell what it is. */
	readonly buffers: string;
	readonly launches: number;
	readonly workgroups: readonly number[];
	readonly ms: number;
}

/** What a page reports, one thing after the other; a stage that was cut short has the first ones. */
export interface StageReport {
	readonly stage: StageName;
	readonly error?: string;
	readonly device?: Readonly<Record<string, unknown>>;
	readonly reasons?: readonly string[];
	/** Milliseconds from the navigation to a model that can decode, and the first pass after. */
	readonly ready?: number;
	readonly firstPass?: number;
	readonly ar?: readonly StepSpread[];
	readonly tidar?: readonly StepSpread[];
	readonly prefill?: Spread & { readonly tokens: number };
	/** An empty submission awaited: the least that any step can take. */
	readonly roundTrip?: Spread;
	readonly prompts?: PromptsReport;
	readonly trees?: readonly TreeReport[];
	readonly sweep?: unknown;
	readonly kernels?: Readonly<Record<string, readonly KernelTime[]>>;
	/** Longest time that the page's thread did not come round, while decoding on it. */
	readonly longestBlock?: number;
	/** Tasks over 50 ms while decoding, as the browser counts them. */
	readonly longTasks?: number;
	/** Files below static/, recorded here. */
	readonly files?: readonly RecordedFile[];
}

export interface PromptsReport {
	readonly prompts: number;
	/** Answers of TiDAR that are token for token AR's. */
	readonly equal: number;
	readonly ar: { readonly tokens: number; readonly seconds: number };
	readonly tidar: { readonly tokens: number; readonly passes: number; readonly seconds: number };
	/** The AR answers' tokens, for comparison between precisions. */
	readonly answers: readonly (readonly number[])[];
}

/** Answers of `tidar-tree` with a budget of slots and blocks of k masks. */
export interface TreeReport {
	readonly slots: number;
	readonly k: number;
	readonly prompts: number;
	readonly tokens: number;
	readonly passes: number;
	readonly seconds: number;
}

/** Everything measured in one run. */
export interface BenchReport {
	readonly date: string;
	readonly browser: string;
	readonly machine: string;
	readonly plan: Plan;
	readonly stages: readonly StageReport[];
}
