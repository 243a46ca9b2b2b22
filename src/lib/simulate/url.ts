import { nearest } from '$engine/cost/index.ts';
import {
	customLimits,
	devices,
	findDevice,
	numbersOf,
	type CustomNumbers
} from '$engine/hardware/index.ts';
import {
	ConfigError,
	models,
	readConfig,
	modelOfConfig,
	shortConfig
} from '$engine/models/index.ts';
import * as v from 'valibot';
import { CUSTOM, initial, limits, options, type Choice } from './choice.ts';

/** The tabs of the page. */
export const views = ['step', 'batch', 'service', 'error'] as const;
export type View = (typeof views)[number];

/** The load of a service and what it promises, as the 'service' view has it. */
export interface Demand {
	readonly users: number;
	/** Requests an hour of each. */
	readonly rate: number;
	/** Mean tokens of a prompt and of an answer. */
	readonly prompt: number;
	readonly answer: number;
	/** 95th percentiles promised: milliseconds to the first token, and for each after it. */
	readonly first: number;
	readonly per: number;
}

/** What a link to /simulate reproduces. */
export interface Scene {
	readonly a: Choice;
	/** The set-up beside it, if two are compared. */
	readonly b?: Choice;
	readonly view: View;
	/** Probability that a draft is accepted. */
	readonly acceptance: number;
	readonly demand: Demand;
}

/** 0.89 gives the 5.49 tokens a pass of TiDAR 8B at k = 8: arXiv 2511.08923, table 4. */
export const DEFAULT_ACCEPTANCE = 0.89;
export const demandLimits: Readonly<Record<keyof Demand, { min: number; max: number }>> = {
	users: { min: 1, max: 1e7 },
	rate: { min: 0.01, max: 3600 },
	prompt: { min: 1, max: 100000 },
	answer: { min: 1, max: 10000 },
	first: { min: 10, max: 60000 },
	per: { min: 0.5, max: 1000 }
};
export const start: Scene = {
	a: initial,
	view: 'step',
	acceptance: DEFAULT_ACCEPTANCE,
	demand: { users: 100000, rate: 20, prompt: 500, answer: 300, first: 1000, per: 12 }
};

/** A value that was asked for and not taken as it is. */
export interface Correction {
	readonly name: string;
	readonly asked: string;
	readonly taken: string;
	/** Names like the one asked for, where it is unknown; best first. */
	readonly near?: readonly string[];
	/** What is wrong with a config.json. */
	readonly config?: ConfigError;
}

const numeric = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.toNumber(), v.finite());
const LONGEST_CONFIG = 6000;
const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

/** Reads the values of a link one by one; what cannot be taken becomes a correction. */
class Reader {
	readonly corrections: Correction[] = [];
	readonly #params: URLSearchParams;
	constructor(params: URLSearchParams) {
		this.#params = params;
	}

	get(name: string): string | null {
		return this.#params.get(name);
	}

	correct(name: string, asked: string, taken: string, more: Partial<Correction> = {}): void {
		this.corrections.push({ name, asked: shorten(asked), taken, ...more });
	}

	number(
		name: string,
		fallback: number,
		{ min, max }: { min: number; max: number },
		whole = true
	): number {
		const asked = this.get(name);
		if (asked === null) return fallback;
		const parsed = v.safeParse(numeric, asked);
		const clamped = parsed.success ? Math.min(max, Math.max(min, parsed.output)) : fallback;
		const taken = whole ? Math.round(clamped) : clamped;
		if (!parsed.success || taken !== parsed.output) this.correct(name, asked, String(taken));
		return taken;
	}

	/** One of a list; `list` holds what may be asked for. */
	name<T extends string | number>(name: string, fallback: T, list: readonly T[]): T {
		const asked = this.get(name);
		if (asked === null) return fallback;
		const found = list.find((item) => String(item) === asked);
		if (found !== undefined) return found;
		this.correct(name, asked, String(fallback), {
			near: nearest(asked.slice(0, 60), list.map(String))
		});
		return fallback;
	}
}

/** Names of a custom GPU's numbers in the address. */
const numberNames: Record<keyof CustomNumbers, string> = {
	bandwidth: 'bandwidth',
	capacity: 'memory',
	bf16: 'bf16',
	fp32: 'fp32',
	fp8: 'fp8',
	cores: 'cores',
	link: 'link',
	power: 'watts'
};
const numberKeys = Object.keys(numberNames) as (keyof CustomNumbers)[];

/** One set-up from the parameters that begin with `at`; what is not given is as in `base`. */
function readChoice(r: Reader, at: string, base: Choice): Choice {
	const gpu = r.name(`${at}gpu`, base.gpu, [...devices.map(({ id }) => id), CUSTOM]);
	const known = base.numbers ?? numbersOf(findDevice(base.gpu) ?? findDevice(initial.gpu)!);
	const numbers =
		gpu !== CUSTOM
			? undefined
			: (Object.fromEntries(
					numberKeys.map((key) => [
						key,
						r.number(`${at}${numberNames[key]}`, known[key], customLimits[key], key === 'cores')
					])
				) as unknown as CustomNumbers);
	const { model, config } = readModel(r, at, base);
	const linked = gpu === CUSTOM ? Boolean(numbers?.link) : Boolean(findDevice(gpu)?.link);
	const tp = r.name(`${at}tp`, base.tp, options.tp);
	if (tp > 1 && !linked && r.get(`${at}tp`) !== null) r.correct(`${at}tp`, String(tp), '1');
	return {
		gpu,
		...(numbers && { numbers }),
		model,
		...(config && { config }),
		slots: r.number(`${at}slots`, base.slots, limits.slots),
		batch: r.number(`${at}batch`, base.batch, limits.batch),
		context: r.number(`${at}context`, base.context, limits.context),
		weights: r.name(`${at}weights`, base.weights, options.weights),
		kv: r.name(`${at}kv`, base.kv, options.kv),
		tp: linked ? tp : 1,
		kernels: r.name(`${at}kernels`, base.kernels, options.kernels),
		launch: r.name(`${at}launch`, base.launch, options.launch),
		phase: r.name(`${at}phase`, base.phase, options.phase)
	};
}

function readModel(r: Reader, at: string, base: Choice): Pick<Choice, 'model' | 'config'> {
	const model = r.name(`${at}model`, base.model, [...models.map(({ id }) => id), CUSTOM]);
	if (model !== CUSTOM) return { model };
	const asked = r.get(`${at}config`) ?? base.config;
	const instead = base.model === CUSTOM ? initial.model : base.model;
	if (!asked) {
		r.correct(`${at}model`, CUSTOM, instead);
		return { model: instead };
	}
	try {
		if (asked.length > LONGEST_CONFIG) throw new ConfigError([]);
		const config = readConfig(asked);
		modelOfConfig(config);
		return { model, config: shortConfig(config) };
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		r.correct(`${at}config`, asked, instead, { config: error });
		return { model: instead };
	}
}

/**
 * Reads a link. Every value is clamped to what is allowed and unknown names give way to the defaults; what was changed
 * is told. Never throws.
 */
export function readScene(params: URLSearchParams): { scene: Scene; corrections: Correction[] } {
	const r = new Reader(params);
	const a = readChoice(r, '', initial);
	const compared = r.name('b', 0, [0, 1]) === 1;
	const demand = Object.fromEntries(
		(Object.keys(demandLimits) as (keyof Demand)[]).map((key) => [
			key,
			r.number(key, start.demand[key], demandLimits[key], key !== 'rate' && key !== 'per')
		])
	) as unknown as Demand;
	const scene: Scene = {
		a,
		...(compared && { b: readChoice(r, 'b.', a) }),
		view: r.name('view', start.view, views),
		acceptance: r.number('accept', start.acceptance, { min: 0, max: 1 }, false),
		demand
	};
	return { scene, corrections: r.corrections };
}

const plain = [
	'slots',
	'batch',
	'context',
	'weights',
	'kv',
	'tp',
	'kernels',
	'launch',
	'phase'
] as const;

/** Writes what of a choice differs from `base`, which `readChoice` will be given. */
function writeChoice(params: URLSearchParams, at: string, choice: Choice, base: Choice): void {
	if (choice.gpu !== base.gpu) params.set(`${at}gpu`, choice.gpu);
	if (choice.numbers) {
		const known = base.numbers ?? numbersOf(findDevice(base.gpu)!);
		for (const key of numberKeys) {
			const value = choice.numbers[key];
			if (value !== known[key]) params.set(`${at}${numberNames[key]}`, String(value));
		}
	}
	if (choice.model !== base.model) params.set(`${at}model`, choice.model);
	if (choice.config && choice.config !== base.config) params.set(`${at}config`, choice.config);
	for (const key of plain) {
		if (choice[key] !== base[key]) params.set(`${at}${key}`, String(choice[key]));
	}
}

/** The shortest query that `readScene` turns back into this scene: only what differs from the defaults. */
export function writeScene({ a, b, view, acceptance, demand }: Scene): URLSearchParams {
	const params = new URLSearchParams();
	writeChoice(params, '', a, initial);
	if (b) {
		params.set('b', '1');
		writeChoice(params, 'b.', b, a);
	}
	if (view !== start.view) params.set('view', view);
	if (acceptance !== start.acceptance) params.set('accept', String(acceptance));
	for (const key of Object.keys(demand) as (keyof Demand)[]) {
		if (demand[key] !== start.demand[key]) params.set(key, String(demand[key]));
	}
	return params;
}
