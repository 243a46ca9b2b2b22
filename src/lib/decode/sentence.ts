import type { ShapeChoice } from '$engine/decode/bestShape.ts';
import {
	canvasPasses,
	isTree,
	parentsOf,
	type DecoderName,
	type DeviceInfo,
	type Ending,
	type Session,
	type Settings,
	type Step,
	type Verdict
} from '$engine/decode/index.ts';
import type { Failure } from '$engine/protocol/failure.ts';
import { adviceFor, type Advice } from './advice.ts';
import { m } from '$lib/paraglide/messages';
import type { CanvasPlace, Duel } from './candidates.ts';
import { dials, type Dial } from './dials.ts';
import { acceptedOf, type Tile } from './frame.ts';
import { bytes, digits, percent } from './number.ts';
import { LARGEST, type SessionProblem } from './parse.ts';
import type { Reason } from './sight.ts';
import type { Act, Story } from './story.ts';
import { labelOf, wordOf } from './text.ts';

/**
 * What happened in a step, in one to three sentences.
 * @param over no more steps will come: the last one says why the answer ends.
 */
export function tellStep(session: Session, index: number, over = true): string {
	const step = session.steps[index];
	if (!step) return '';
	const said = tellers[kindOf(step)](session, step, index);
	const ends = index === session.steps.length - 1 && (over || !step.next);
	return ends ? m.sentences({ first: said, second: tellEnding(session.ending) }) : said;
}

type Kind = 'prefill' | 'canvas' | 'drafter' | 'single' | 'drafts';

/** What a step is, whatever decoder made it. */
function kindOf({ kind, canvas, by, layout }: Step): Kind {
	if (kind === 'prefill') return 'prefill';
	if (canvas) return 'canvas';
	if (by === 'draft') return 'drafter';
	const { parents, blocks } = layout;
	return parents.length === 1 && blocks.every((length) => length === 0) ? 'single' : 'drafts';
}

const tellers: Record<Kind, (session: Session, step: Step, index: number) => string> = {
	prefill(session, { layout, next }) {
		const prompt = layout.prompt;
		if (!next) return m.tell_prefill_only({ prompt });
		return layout.blocks.some((length) => length > 0)
			? m.tell_prefill({ prompt, k: layout.blocks.at(-1)! })
			: m.tell_prefill_ar({ prompt, first: wordOf(session, next.drafts[0]) });
	},

	canvas({ steps }, { canvas, emitted }, index) {
		const { unmasked, remasked } = canvas!;
		const filled = m.tell_canvas({
			pass: canvasPasses(steps, index).length,
			filled: unmasked.length,
			open: unmasked.length + remasked.length
		});
		const then =
			emitted.length > 0
				? m.tell_canvas_full({ tokens: emitted.length })
				: m.tell_canvas_back({ left: remasked.length });
		return m.sentences({ first: filled, second: then });
	},

	drafter: (session, { next }) => m.tell_drafter({ token: wordOf(session, next?.drafts[0]) }),

	single(session, { emitted, next }) {
		const token = wordOf(session, emitted[0]);
		return next
			? m.tell_ar({ token, next: wordOf(session, next.drafts[0]) })
			: m.tell_ar_last({ token });
	},

	drafts(session, step) {
		const { layout, next } = step;
		const first = tellAccepted(step);
		if (!next) return first;
		const block = (layout.blocks[next.block] ?? 0) > 0 ? next.block : undefined;
		const said = wordOf(session, next.drafts[0]);
		const rejected = step.verdicts.find(({ accepted }) => !accepted)?.draft;
		const draft = wordOf(session, step.tokens[layout.prompt + (rejected ?? 1) - 1]);
		const second = {
			correction: () => (rejected ? m.tell_correction({ said, draft }) : m.tell_bonus({ said })),
			bonus: () => m.tell_bonus({ said }),
			diffusion: () => m.tell_diffusion({ said }),
			mixed: () => m.tell_mixed({ said })
		}[next.first]();
		const told = m.sentences({ first, second });
		if (block === undefined) return told;
		const third = isTree(parentsOf(next))
			? m.tell_tree_grows({ count: next.drafts.length })
			: m.tell_block({ block });
		return m.sentences({ first: told, second: third });
	}
};

/** How many of the drafts were right. */
function tellAccepted(step: Step): string {
	const { parents } = step.layout;
	const accepted = acceptedOf(step);
	const drafts = parents.length;
	if (isTree(parents)) return m.tell_tree({ accepted, drafts });
	if (accepted === drafts) return m.tell_accepted_all({ drafts });
	return accepted === 1 && step.verdicts[0]?.rule === 'certain'
		? m.tell_accepted_first({ drafts })
		: m.tell_accepted({ accepted, drafts });
}

const endings: Record<Ending, () => string> = {
	'end-token': m.ending_end_token,
	'max-tokens': m.ending_max_tokens,
	'cache-full': m.ending_cache_full,
	stopped: m.ending_stopped
};

export const tellEnding = (ending: Ending): string => endings[ending]();

/** A tile in words, for those who cannot see it. */
export function describeTile(session: Session, tile: Tile): string {
	const token = labelOf(session, tile.token) || m.tile_unread();
	const where = {
		prefix: () => m.tile_prefix({ token, position: tile.position }),
		draft: () => m.tile_draft({ token, position: tile.position, number: tile.number ?? 0 }),
		mask: () =>
			tile.canvas
				? m.tile_canvas({ token, position: tile.position })
				: m.tile_mask({
						token,
						position: tile.position,
						number: tile.number ?? 0,
						block: tile.block ?? 0
					}),
		ar: () => m.tile_ar({ token, position: tile.position })
	}[tile.kind]();
	const share = tile.probability === undefined ? [] : [percent(tile.probability)];
	const fate = {
		pending: undefined,
		idle: tile.canvas && tile.probability !== undefined ? m.fate_put_back : undefined,
		filled: () => m.fate_filled({ pass: tile.number ?? 0 }),
		accepted: m.fate_accepted,
		rejected: m.fate_rejected,
		agrees: m.fate_agrees,
		correction: m.fate_correction,
		bonus: m.fate_bonus,
		chosen: tile.canvas ? m.fate_filled_now : m.fate_chosen
	}[tile.fate];
	return [where, ...share, ...(fate ? [fate()] : [])].join(', ');
}

/** What is looked at in a duel. */
export function tellRole(session: Session, duel: Duel): string {
	const token = labelOf(session, duel.token);
	const { position, number } = duel;
	switch (duel.role) {
		case 'prompt':
			return m.tile_prefix({ token, position });
		case 'draft':
			return m.tile_draft({ token, position, number });
		case 'mask':
			if (duel.place) return m.tile_canvas({ token: token || m.tile_unread(), position });
			return m.tile_mask({
				token: token || m.tile_unread(),
				position,
				number,
				block: duel.block ?? 0
			});
		case 'ar':
			return duel.drafter ? m.tile_drafted({ token, position }) : m.tile_ar({ token, position });
	}
}

/** The rule that accepted or rejected a draft, with the numbers it was given. */
export function tellVerdict(session: Session, duel: Duel): string | undefined {
	const { verdict, role } = duel;
	if (duel.place) return tellPlace(duel.place);
	if (role === 'mask') return m.rule_mask();
	if (!verdict && duel.offPath) return m.rule_off_path();
	if (!verdict) return role === 'draft' ? m.rule_untested() : undefined;
	const likeliest = wordOf(session, duel.ar?.tokens[0]);
	const draft = role === 'draft' ? wordOf(session, duel.token) : '';
	switch (verdict.rule) {
		case 'certain':
			return m.rule_certain();
		case 'unchecked':
			return m.rule_unchecked();
		case 'greedy':
			return verdict.accepted
				? m.rule_greedy_accepted({ said: likeliest })
				: role === 'draft'
					? m.rule_greedy_rejected({ said: likeliest, draft })
					: m.rule_greedy_replaced({ said: likeliest });
		case 'drawn': {
			const said = wordOf(session, duel.winner);
			return verdict.accepted
				? m.rule_drawn_accepted()
				: said
					? m.rule_drawn_rejected({ said })
					: m.rule_untested();
		}
		case 'ratio': {
			const { p, q, draw } = verdict;
			if (p === undefined || q === undefined || draw === undefined) return undefined;
			const numbers = ratioOf(verdict);
			return verdict.accepted ? m.rule_ratio_accepted(numbers) : m.rule_ratio_rejected(numbers);
		}
	}
}

/** What became of a place of a canvas. */
function tellPlace({ fate, pass, confidence, open, filled }: CanvasPlace): string {
	const sure = digits(confidence ?? 0);
	switch (fate) {
		case 'filled':
			return m.rule_canvas_filled({ sure, open, filled });
		case 'back':
			return m.rule_canvas_back({ filled });
		case 'before':
			return m.rule_canvas_before({ pass, sure });
		case 'unread':
			return m.rule_canvas_unread();
	}
}

/** One act of a token's story. */
export function tellAct(session: Session, { token }: Story, act: Act): string {
	const word = (of: number | undefined) => wordOf(session, of);
	const share = (value: number | undefined) => (value === undefined ? '–' : percent(value));
	switch (act.what) {
		case 'said': {
			if (!act.rejected) return m.story_said({ share: share(act.share) });
			const { verdict } = act.rejected;
			const draft = word(act.rejected.token);
			return verdict.rule === 'ratio'
				? m.story_residual({ draft, ...ratioOf(verdict) })
				: m.story_corrected({ draft, share: share(act.share) });
		}
		case 'drafted': {
			const { mask } = act;
			if (act.by === 'text') return m.story_copied();
			if (act.by === 'draft') return m.story_drafted_model({ share: share(act.share) });
			return mask!.block === 0
				? m.story_drafted_first({ number: mask!.number, share: share(act.share) })
				: m.story_drafted({ ...mask!, share: share(act.share) });
		}
		case 'tested': {
			const { verdict } = act;
			const p = share(verdict.p);
			switch (verdict.rule) {
				case 'certain':
					return m.story_certain();
				case 'unchecked':
					return m.story_unchecked();
				case 'greedy':
					return m.story_greedy({ share: p });
				case 'drawn':
					return m.story_drawn({ share: p });
				case 'ratio':
					return m.story_ratio(ratioOf(verdict));
			}
			break;
		}
		case 'guessed':
			return act.token === token
				? m.story_guessed({ pass: act.pass, share: share(act.share) })
				: m.story_guessed_other({
						pass: act.pass,
						other: word(act.token),
						share: share(act.share)
					});
		case 'filled':
			return m.story_filled({
				pass: act.pass,
				sure: digits(act.confidence),
				open: act.open,
				filled: act.filled
			});
		case 'written':
			return m.story_written({ count: act.tokens });
	}
	return '';
}

const ratioOf = ({ p = 0, q = 0, draw = 0 }: Verdict) => ({
	p: digits(p),
	q: digits(q),
	ratio: digits(Math.min(1, p / q)),
	draw: digits(draw)
});

/** Who drafted, as the head of a column. */
export const nameOfDrafter = (by: Duel['drafter']): string =>
	by === 'text' ? m.by_text() : by === 'draft' ? m.by_draft() : m.half_diffusion();

/** Why a slot may see a column of the mask, or why not. */
export function tellReason(reason: Reason): string {
	switch (reason.why) {
		case 'cache':
			return m.sees_cache();
		case 'self':
			return m.sees_self();
		case 'prompt':
			return m.sees_prompt();
		case 'ancestor':
			return m.sees_ancestor({ draft: reason.draft });
		case 'own-block':
			return m.sees_own_block({ block: reason.block });
		case 'later':
			return m.hidden_later();
		case 'mask':
			return m.hidden_mask();
		case 'other-draft':
			return m.hidden_other_draft({ draft: reason.draft });
		case 'not-in-case':
			return m.hidden_not_in_case({ block: reason.block, draft: reason.draft });
		case 'off-path':
			return m.hidden_off_path({ block: reason.block, draft: reason.draft });
		case 'other-block':
			return m.hidden_other_block({ block: reason.block });
	}
}

const decoderNames: Record<DecoderName, () => string> = {
	ar: m.decoder_ar,
	tidar: m.decoder_tidar,
	'tidar-tree': m.decoder_tree,
	lookup: m.decoder_lookup,
	block: m.decoder_block,
	speculative: m.decoder_speculative,
	eagle3: () => 'EAGLE-3',
	llada: () => 'LLaDA',
	dream: () => 'Dream'
};

export const nameOfDecoder = (decoder: DecoderName): string => decoderNames[decoder]();

/** A setting that only some decoders read, in few words. */
const dialled: Record<Dial, (settings: Settings) => string> = {
	k: ({ k }) => `k = ${k}`,
	beta: ({ beta }) =>
		beta === 1 ? m.trust_ar() : beta === 0 ? m.trust_diffusion() : `β = ${digits(beta)}`,
	slots: ({ slots }) => m.with_slots({ slots }),
	gamma: ({ gamma }) => `γ = ${gamma}`,
	threshold: ({ threshold }) => m.with_threshold({ threshold: digits(threshold) }),
	perPass: ({ perPass }) => m.with_per_pass({ count: perPass })
};

/** Settings in one line: 'TiDAR, k = 8, trust AR, greedy, at most 256 tokens'. */
export function tellSettings(settings: Settings, pair = false): string {
	const { temperature, topP, seed, maxTokens } = settings;
	const decoder = pair ? 'tidar' : settings.decoder;
	return [
		pair ? m.decoder_both() : nameOfDecoder(decoder),
		...dials[decoder].map((dial) => dialled[dial](settings)),
		...(temperature === 0
			? [m.greedy()]
			: [
					`T = ${digits(temperature)}`,
					...(topP < 1 ? [`top-p = ${digits(topP)}`] : []),
					m.with_seed({ seed })
				]),
		m.at_most_tokens({ count: maxTokens })
	].join(m.list_separator());
}

/** Where a session ran: 'WebGPU, nvidia hopper, float32' or 'WebAssembly, 2 threads, float32'. */
export function tellDevice({ backend, name, threads, precision }: DeviceInfo): string {
	return [
		backend === 'webgpu' ? 'WebGPU' : 'WebAssembly',
		...(name && name !== backend ? [name] : []),
		...(backend === 'wasm' && threads ? [m.threads({ count: threads })] : []),
		precision === 'f16' ? 'float16' : 'float32'
	].join(m.list_separator());
}

/** What is wrong with a file that was to be opened as a session. */
export function tellProblem(problem: SessionProblem): string {
	switch (problem.kind) {
		case 'not-json':
			return m.file_not_json();
		case 'too-large':
			return m.file_too_large({ size: bytes(problem.bytes), most: bytes(LARGEST) });
		case 'version':
			return m.file_version({ found: problem.found });
		case 'field':
			return m.file_field({
				at: problem.at || '/',
				expected: problem.expected,
				found: problem.found
			});
		case 'step':
			return m.file_step({ step: problem.step, at: problem.at });
	}
}

/** What the engine reports by a code: why it fell back, what the reader should know, why it failed. */
const codes: Record<string, () => string> = {
	'no-webgpu': m.code_no_webgpu,
	'no-adapter': m.code_no_adapter,
	'no-device': m.code_no_device,
	'software-gpu': m.code_software_gpu,
	'no-replay': m.code_no_replay,
	'no-fused': m.code_no_fused,
	'device-lost': m.code_device_lost,
	session: m.code_session,
	'no-threads': m.code_no_threads,
	'no-shader-f16': m.code_no_shader_f16,
	'storage-full': m.code_storage_full,
	'storage-none': m.code_storage_none
};
const failures: Partial<Record<Failure['code'], () => string>> = {
	'device-lost': m.code_device_lost,
	network: m.code_network,
	'not-found': m.code_not_found,
	corrupt: m.code_corrupt,
	'empty-prompt': m.problem_empty,
	worker: m.code_worker
};

/** A fallback or a notice; one that has no words of ours speaks with the engine's. */
export function tellFallback(code: string, message: string): string {
	const said = codes[code]?.() ?? message;
	if (code !== 'no-webgpu' && code !== 'no-adapter') return said;
	return m.sentences({
		first: said,
		second: advice[adviceFor(navigator.userAgent, isSecureContext)]()
	});
}

const advice = {
	insecure: m.advice_insecure,
	safari: m.advice_safari,
	firefox: m.advice_firefox,
	linux: m.advice_linux,
	chromium: m.advice_chromium
} satisfies Record<Advice, () => string>;

/** What failed, and what to do. */
export const tellFailure = ({ code, message }: Failure): string =>
	failures[code]?.() ?? m.code_other({ message });

/** Which k is fastest on this device, and why: tokens a second, measured. */
export function tellShape({ decoder, k, ar, options, basis }: ShapeChoice): string {
	const best = options.find((option) => option.k === k)!;
	const numbers = {
		k,
		best: digits(best.tokensPerSecond),
		ms: digits(best.ms),
		tokens: digits(best.tokensPerPass),
		ar: digits(ar.tokensPerSecond),
		arMs: digits(ar.ms)
	};
	const said = decoder === 'tidar' ? m.shape_tidar(numbers) : m.shape_ar(numbers);
	return basis === 'evaluated' ? said : m.sentences({ first: said, second: m.shape_assumed() });
}
