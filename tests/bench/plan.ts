import type { RecordedFile } from '../../engine/cli/recordings.ts';
import type { Fast } from '../../engine/runtime/fastest.ts';

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
	/** Seconds of the whole run after which nothing new is begun. */
	readonly budget: number;
	/** Seconds that a stage may take at most, where that is not what SECONDS says. */
	readonly seconds: Partial<Readonly<Record<StageName, number>>>;
	/** How steps come to the device in stages that are not about that. */
	readonly fast: Fast;
	/** The 200 prompts of the stage `texts`. */
	readonly texts: readonly string[];
	/** A recording of the model, with which its predictions are compared. */
	readonly session: string;
}

/**
 * In the order of their worth, for a run that is cut short. cold: download, first start, first passes; fast: all of the
 * table, float32, fused kernels, steps ahead of the page; kernels: a pass kernel by kernel; tiles: products and attention
 * laid out in several ways; plain: steps that ONNX Runtime encodes; trees: answers by candidate trees of several sizes;
 * texts: answers to the 200 prompts by all greedy decoders, which must be AR's; sessions: the recordings of the site;
 * measure: what the page /measure measures; soak: answers on and on, and the memory that they take; fused: steps that
 * wait until they are asked for; replay: steps that repeat recorded commands of ONNX Runtime; f16: steps and answers in
 * float16, recorded; unclocked: steps without timestamps.
 */
export const stageNames = [
	'cold',
	'fast',
	'kernels',
	'tiles',
	'plain',
	'trees',
	'texts',
	'sessions',
	'measure',
	'soak',
	'fused',
	'replay',
	'f16',
	'unclocked'
] as const;
export type StageName = (typeof stageNames)[number];

/** Seconds that a stage may take before it begins nothing new; in a run with a GPU few come near. */
export const SECONDS: Readonly<Record<StageName, number>> = {
	cold: 30,
	fast: 120,
	kernels: 30,
	tiles: 75,
	plain: 40,
	trees: 60,
	texts: 150,
	sessions: 75,
	measure: 60,
	soak: 180,
	fused: 30,
	replay: 30,
	f16: 40,
	unclocked: 30
};

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
	/** Of its pipeline; ONNX Runtime gives none. */
	readonly name: string;
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
	readonly tiles?: readonly TileTime[];
	readonly texts?: TextsReport;
	readonly measure?: Readonly<Record<string, unknown>>;
	readonly soak?: readonly SoakSample[];
	/** Why a stage ended before it was through. */
	readonly cut?: string;
	/** Passes that ran ahead of the page and were what it asked for, and others. */
	readonly ahead?: { readonly right: number; readonly wrong: number };
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

/** GPU time of one launch of a kernel, laid out in some way. */
export interface TileTime {
	readonly kernel: string;
	readonly rows: number;
	/** Rows a thread, threads along the rows, slices; of the attention as it says. */
	readonly layout: string;
	/** Whether a pass uses this layout. */
	readonly used: boolean;
	readonly workgroups: number;
	/** Microseconds by the device's clock, and till all launches were done, a share each. */
	readonly us: Spread;
	readonly wallUs: number;
	/** Milliseconds until its pipeline was there. */
	readonly compile: number;
	/** Where it computes something else than the first layout. */
	readonly wrong?: string;
}

/** Answers by all greedy decoders, compared with AR's. */
export interface TextsReport {
	readonly prompts: number;
	readonly of: number;
	readonly maxTokens: number;
	/** By decoder: answers that are token for token AR's, and the prompts of those that are not. */
	readonly decoders: Readonly<Record<string, { equal: number; different: string[] }>>;
}

/** Memory after some answers. */
export interface SoakSample {
	readonly second: number;
	readonly answers: number;
	/** Tokens a second since the sample before. */
	readonly speed: number;
	/** Megabytes: script objects (as the browser estimates them), GPU buffers made and not destroyed. */
	readonly heap?: number;
	readonly gpu: number;
}

/** Answers of `tidar-tree` with a budget of slots and blocks of k masks. */
export interface TreeReport {
	readonly slots: number;
	readonly k: number;
	readonly prompts: number;
	readonly tokens: number;
	readonly passes: number;
	readonly seconds: number;
	/** AR's in the same stage, tokens a second; undefined where no prompt was answered. */
	readonly ar?: number;
}

/** Everything measured in one run. */
export interface BenchReport {
	readonly date: string;
	readonly browser: string;
	readonly machine: string;
	readonly plan: Plan;
	readonly stages: readonly StageReport[];
}
