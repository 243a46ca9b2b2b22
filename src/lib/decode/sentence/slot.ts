import {
	isTree,
	layoutOf,
	type Session,
	type Settings,
	type Step,
	type Verdict
} from '$engine/decode/index.ts';
import { m } from '$lib/paraglide/messages';
import type { CanvasPlace, Duel } from '../candidates.ts';
import type { Tile } from '../frame.ts';
import { digits, percent } from '../number.ts';
import type { Reason } from '../sight.ts';
import { labelOf, wordOf } from '../text.ts';

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

/** A slot of a pass by its place in the layout; -1 is the cached prefix. */
export function nameOfSlot(step: Step, slot: number): string {
	if (slot < 0) return m.mask_cache({ count: step.start });
	const { region, number, block, offset } = layoutOf(step).slots[slot]!;
	switch (region) {
		case 'prefix':
			return m.mask_prompt({ number });
		case 'draft':
			return isTree(step.layout.parents)
				? m.mask_node({ number, depth: offset - step.layout.prompt + 1 })
				: m.mask_draft({ number });
		case 'mask':
			return step.canvas ? m.mask_place({ number }) : m.mask_mask({ number, block });
	}
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
	if (duel.place) return tellPlace(session.settings, duel.place);
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

/** By what a mask was chosen to be filled; `confidence` as its step has it. */
export function tellSure({ decoder, order }: Settings, confidence: number): string {
	const value = digits(Math.abs(confidence));
	if (decoder !== 'dream') return m.sure_probability({ value });
	switch (order) {
		case 'entropy':
			return m.sure_entropy({ value });
		case 'topk_margin':
			return m.sure_margin({ value });
		case 'origin':
			return m.sure_chance();
		case 'maskgit_plus':
			return m.sure_probability({ value });
	}
}

/** What became of a place of a canvas. */
function tellPlace(
	settings: Settings,
	{ fate, pass, confidence = 0, open, filled }: CanvasPlace
): string {
	const sure = tellSure(settings, confidence);
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

/** The numbers of the acceptance test, as sentences take them. */
export const ratioOf = ({ p = 0, q = 0, draw = 0 }: Verdict) => ({
	p: share(p),
	q: share(q),
	ratio: share(Math.min(1, p / q)),
	draw: share(draw)
});

/** Never 0 for what is not. */
const share = (value: number) => (value > 0 && value < 0.0005 ? '< 0.001' : digits(value));

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
