import { settingsSchema, type Session } from '$engine/decode/index.ts';
import { layout } from '$engine/mask/index.ts';
import * as v from 'valibot';

/** Why a file is not a session: data, so that the page can say it in the reader's language. */
export type SessionProblem =
	| { readonly kind: 'not-json' }
	| { readonly kind: 'too-large'; readonly bytes: number }
	| { readonly kind: 'version'; readonly found: string }
	| {
			readonly kind: 'field';
			readonly at: string;
			readonly expected: string;
			readonly found: string;
	  }
	| { readonly kind: 'step'; readonly step: number; readonly at: string };

/** The largest session file that is opened, in bytes: far above what 1024 tokens with k = 16 take. */
export const LARGEST = 64_000_000;

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const token = whole;
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const time = v.pipe(v.number(), v.finite(), v.minValue(0));

const prediction = v.object({
	tokens: v.pipe(v.array(token), v.minLength(1), v.maxLength(32)),
	probabilities: v.pipe(v.array(share), v.minLength(1), v.maxLength(32))
});

const step = v.object({
	index: whole,
	kind: v.picklist(['prefill', 'decode']),
	by: v.optional(v.literal('draft')),
	layout: v.object({
		prompt: v.pipe(whole, v.maxValue(65_536)),
		parents: v.pipe(v.array(whole), v.maxLength(1024)),
		blocks: v.pipe(v.array(v.pipe(whole, v.maxValue(4096))), v.maxLength(1025))
	}),
	tokens: v.array(token),
	start: whole,
	predictions: v.array(v.nullable(prediction)),
	verdicts: v.array(
		v.object({
			draft: v.pipe(whole, v.minValue(1)),
			accepted: v.boolean(),
			rule: v.picklist(['certain', 'unchecked', 'greedy', 'ratio', 'drawn']),
			p: v.optional(share),
			q: v.optional(share),
			draw: v.optional(share)
		})
	),
	canvas: v.optional(
		v.object({
			unmasked: v.array(v.object({ slot: whole, token, confidence: v.number() })),
			remasked: v.array(whole)
		})
	),
	emitted: v.array(token),
	kept: v.array(whole),
	next: v.optional(
		v.object({
			block: whole,
			drafts: v.pipe(v.array(token), v.minLength(1)),
			parents: v.optional(v.pipe(v.array(whole), v.maxLength(1024))),
			first: v.picklist(['correction', 'bonus', 'diffusion', 'mixed']),
			instead: v.optional(token)
		})
	),
	times: v.object({
		total: time,
		encode: v.optional(time),
		gpu: v.optional(time),
		readback: v.optional(time)
	})
});

const session = v.object({
	version: v.literal(1),
	model: v.object({ name: v.string(), weights: v.string() }),
	draft: v.optional(v.object({ name: v.string(), weights: v.string() })),
	prompt: v.string(),
	context: v.array(token),
	promptTokens: v.pipe(v.array(token), v.minLength(1)),
	begun: v.optional(whole),
	settings: settingsSchema,
	device: v.object({
		backend: v.picklist(['webgpu', 'wasm']),
		precision: v.picklist(['f32', 'f16']),
		name: v.string(),
		threads: v.optional(whole),
		versions: v.record(v.string(), v.string())
	}),
	date: v.string(),
	pieces: v.record(v.pipe(v.string(), v.digits()), v.string()),
	steps: v.pipe(v.array(step), v.minLength(1)),
	ending: v.picklist(['end-token', 'max-tokens', 'cache-full', 'stopped']),
	text: v.string()
});

export type Parsed =
	| { readonly ok: true; readonly session: Session }
	| { readonly ok: false; readonly problem: SessionProblem };

/** Reads a session file. What comes back is safe to draw: every index in it points at something. */
export function parseSession(json: string): Parsed {
	if (json.length > LARGEST) return bad({ kind: 'too-large', bytes: json.length });
	let data: unknown;
	try {
		data = JSON.parse(json);
	} catch {
		return bad({ kind: 'not-json' });
	}
	const version = (data as { version?: unknown } | null)?.version;
	if (typeof version === 'number' && version !== 1) {
		return bad({ kind: 'version', found: String(version) });
	}
	const result = v.safeParse(session, data, { abortEarly: true });
	if (!result.success) {
		const [issue] = result.issues;
		return bad({
			kind: 'field',
			at: v.getDotPath(issue) ?? '',
			expected: issue.expected ?? issue.type,
			found: issue.received
		});
	}
	const wrong = firstInconsistency(result.output);
	return wrong ? bad({ kind: 'step', ...wrong }) : { ok: true, session: result.output };
}

const bad = (problem: SessionProblem): Parsed => ({ ok: false, problem });

/** The first step whose parts do not fit together, and the part. */
function firstInconsistency(session: Session): { step: number; at: string } | undefined {
	const { steps, context, promptTokens, begun = 0 } = session;
	if (begun >= promptTokens.length) return { step: 0, at: 'begun' };
	let start = context.length;
	for (const [i, step] of steps.entries()) {
		const wrong = (at: string) => ({ step: i, at });
		let slots: number;
		try {
			slots = layout(step.layout).slots.length;
		} catch {
			return wrong('layout');
		}
		if (step.index !== i || (step.kind === 'prefill' && i > 0)) return wrong('index');
		const own = step.by !== 'draft';
		if (own && step.start !== start) return wrong('start');
		if (step.tokens.length !== slots) return wrong('tokens');
		if (step.predictions.length !== slots) return wrong('predictions');
		if (step.predictions.some((p) => p && p.tokens.length !== p.probabilities.length))
			return wrong('predictions');
		if (step.kept.some((slot) => slot >= slots)) return wrong('kept');
		const changed = step.canvas && [
			...step.canvas.unmasked.map(({ slot }) => slot),
			...step.canvas.remasked
		];
		if (changed?.some((slot) => slot >= slots)) return wrong('canvas');
		// A canvas emits what it holds, a chain its accepted drafts.
		const most = step.canvas ? slots : step.layout.parents.length;
		if (step.emitted.length > most) return wrong('emitted');
		const drafts = step.layout.parents.length;
		if (step.verdicts.length > drafts || step.verdicts.some(({ draft }) => draft > drafts))
			return wrong('verdicts');
		if (step.next && step.next.block > drafts) return wrong('next');
		const { parents } = step.next ?? {};
		if (
			parents?.some((parent, i) => parent > i) ||
			(parents && parents.length !== step.next!.drafts.length)
		)
			return wrong('next');
		if (own) start += step.kept.length;
	}
}
