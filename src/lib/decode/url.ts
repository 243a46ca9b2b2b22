import { defaults, orders, type DecoderName, type Settings } from '$engine/decode/index.ts';
import * as v from 'valibot';
import { offered } from './dials.ts';

/** What a link to /decode reproduces. */
export interface Place {
	readonly settings: Settings;
	/** Run AR and TiDAR on the same prompt. */
	readonly pair: boolean;
	/** The prompt in the box, where it is short enough for a link. */
	readonly prompt?: string;
	/** A recorded session by its file name. */
	readonly session?: string;
	readonly step?: number;
	/** Playback speed. */
	readonly speed: number;
	/** What the model is to run on. */
	readonly backend: Backend;
}

/** A value that was asked for and not taken as it is. */
export interface Correction {
	readonly name: string;
	readonly asked: string;
	readonly taken: string;
}

/** auto: the fastest that works here. webgpu-plain: without kernels and recordings of ours, as ONNX Runtime does it. */
export const backends = ['auto', 'webgpu', 'webgpu-plain', 'wasm'] as const;
export type Backend = (typeof backends)[number];

/** The longest prompt that a link holds, in characters. */
export const LONGEST_PROMPT = 500;
export const speeds = [0.25, 0.5, 1, 2, 4, 8] as const;
export const limits = {
	k: { min: 1, max: 16 },
	beta: { min: 0, max: 1 },
	slots: { min: 2, max: 272 },
	gamma: { min: 1, max: 16 },
	threshold: { min: 0.05, max: 1 },
	perPass: { min: 1, max: 16 },
	block: { min: 1, max: 1024 },
	temperature: { min: 0, max: 2 },
	topP: { min: 0.05, max: 1 },
	seed: { min: 0, max: 2 ** 31 - 1 },
	maxTokens: { min: 1, max: 1024 }
} as const;

/** Other names of decoders, as the command line has them. */
const aliases: Partial<Record<string, string>> = { 'block-diffusion': 'block' };

/** Names in the address, and the values that are left out because they are the defaults. */
const initial = { ...defaults, speed: 1 };
const names = {
	k: 'k',
	beta: 'beta',
	slots: 'slots',
	gamma: 'gamma',
	threshold: 'threshold',
	perPass: 'pass',
	block: 'block',
	temperature: 't',
	topP: 'top',
	seed: 'seed',
	maxTokens: 'max',
	speed: 'speed'
} as const;
const integers = new Set<string>(['k', 'slots', 'gamma', 'perPass', 'block', 'seed', 'maxTokens']);

/**
 * Reads a link. Every value is clamped to what is allowed; what was changed is told.
 * @param decoders those that can run here
 */
export function readPlace(
	params: URLSearchParams,
	decoders: readonly DecoderName[] = offered
): { place: Place; corrections: Correction[] } {
	const corrections: Correction[] = [];
	const number = (field: keyof typeof names, { min, max }: { min: number; max: number }) => {
		const asked = params.get(names[field]);
		if (asked === null) return initial[field];
		const parsed = v.safeParse(
			v.pipe(v.string(), v.trim(), v.nonEmpty(), v.toNumber(), v.finite()),
			asked
		);
		const clamped = parsed.success ? Math.min(max, Math.max(min, parsed.output)) : initial[field];
		const taken = integers.has(field) ? Math.round(clamped) : clamped;
		if (!parsed.success || taken !== parsed.output) {
			corrections.push({ name: names[field], asked: asked.slice(0, 40), taken: String(taken) });
		}
		return taken;
	};
	const asked = params.get('d');
	const pair = asked === 'both';
	const decoder = decoders.find((name) => name === (aliases[asked ?? ''] ?? asked)) ?? 'tidar';
	if (asked !== null && !pair && decoder === 'tidar' && asked !== 'tidar') {
		corrections.push({ name: 'd', asked: asked.slice(0, 40), taken: 'tidar' });
	}
	const sorted = params.get('order');
	const order = orders.find((name) => name === sorted) ?? defaults.order;
	if (sorted !== null && sorted !== order) {
		corrections.push({ name: 'order', asked: sorted.slice(0, 40), taken: order });
	}
	const prompt = params.get('prompt') ?? undefined;
	if (prompt !== undefined && prompt.length > LONGEST_PROMPT) {
		corrections.push({
			name: 'prompt',
			asked: `${prompt.slice(0, 20)}…`,
			taken: `${prompt.slice(0, 20)}… (${LONGEST_PROMPT})`
		});
	}
	const on = params.get('on');
	const backend = backends.find((name) => name === on) ?? 'auto';
	if (on !== null && on !== backend) {
		corrections.push({ name: 'on', asked: on.slice(0, 40), taken: backend });
	}
	const session = params.get('session') ?? undefined;
	const at = params.get('step');
	const step = at === null ? undefined : Number(at);
	const valid = step === undefined || (Number.isInteger(step) && step >= 0);
	if (!valid) corrections.push({ name: 'step', asked: at!.slice(0, 40), taken: '0' });
	return {
		place: {
			settings: {
				...defaults,
				decoder,
				k: number('k', limits.k),
				beta: number('beta', limits.beta),
				slots: number('slots', limits.slots),
				gamma: number('gamma', limits.gamma),
				threshold: number('threshold', limits.threshold),
				perPass: number('perPass', limits.perPass),
				block: number('block', limits.block),
				order,
				temperature: number('temperature', limits.temperature),
				topP: number('topP', limits.topP),
				seed: number('seed', limits.seed),
				maxTokens: number('maxTokens', limits.maxTokens)
			},
			pair,
			prompt: prompt?.slice(0, LONGEST_PROMPT),
			// Whether there is such a one is known to whoever has the list, and said there.
			session: session?.slice(0, 80) || undefined,
			step: valid ? step : 0,
			speed: number('speed', { min: speeds[0], max: speeds.at(-1)! }),
			backend
		},
		corrections
	};
}

/** The shortest query that `readPlace` turns back into this place: only what differs from the defaults. */
export function writePlace(place: Place): URLSearchParams {
	const params = new URLSearchParams();
	if (place.pair) params.set('d', 'both');
	else if (place.settings.decoder !== initial.decoder) params.set('d', place.settings.decoder);
	const values = { ...place.settings, speed: place.speed };
	for (const field of Object.keys(names) as (keyof typeof names)[]) {
		if (values[field] !== initial[field]) params.set(names[field], String(values[field]));
	}
	if (place.settings.order !== initial.order) params.set('order', place.settings.order);
	if (place.backend !== 'auto') params.set('on', place.backend);
	if (place.session) params.set('session', place.session);
	if (place.prompt && place.prompt.length <= LONGEST_PROMPT) params.set('prompt', place.prompt);
	if (place.step) params.set('step', String(place.step));
	return params;
}
