import type { Session } from '$engine/decode/index.ts';
import { m } from '$lib/paraglide/messages';
import { percent } from '../number.ts';
import type { Act, Story } from '../story.ts';
import { wordOf } from '../text.ts';
import { ratioOf, tellSure } from './slot.ts';

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
				sure: tellSure(session.settings, act.confidence),
				open: act.open,
				filled: act.filled
			});
		case 'written':
			return act.tokens === 1 ? m.story_written_alone() : m.story_written({ count: act.tokens });
	}
	return '';
}
