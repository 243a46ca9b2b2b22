import {
	canvasPasses,
	isTree,
	parentsOf,
	type Ending,
	type Session,
	type Step
} from '$engine/decode/index.ts';
import { m } from '$lib/paraglide/messages';
import { acceptedOf } from '../frame.ts';
import { wordOf } from '../text.ts';

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

	canvas({ steps, settings }, { canvas, emitted }, index) {
		const { unmasked, remasked } = canvas!;
		const chance = settings.decoder === 'dream' && settings.order === 'origin';
		const filled = (chance ? m.tell_canvas_chance : m.tell_canvas)({
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
