import { m } from '$lib/paraglide/messages';

const names: Readonly<Record<string, () => string>> = {
	intro: m.share_part_intro,
	prompt: m.share_part_prompt,
	setup: m.share_part_setup,
	told: m.share_part_told,
	stage: m.share_part_stage,
	mask: m.share_part_mask,
	candidates: m.share_part_candidates,
	cache: m.share_part_cache,
	counters: m.share_part_counters,
	acceptance: m.share_part_acceptance,
	files: m.share_part_files,
	controls: m.share_part_controls,
	headline: m.share_part_headline,
	sources: m.share_part_sources,
	settings: m.share_part_settings,
	machine: m.share_part_machine,
	micro: m.share_part_micro,
	crumbs: m.share_part_crumbs,
	heading: m.share_part_heading,
	figure: m.share_part_figure,
	text: m.share_part_text,
	exercise: m.share_part_exercise,
	quiz: m.share_part_quiz
};

/** A part in words; one that has none keeps its name. */
export const nameOfPart = (part: string): string =>
	Object.hasOwn(names, part) ? names[part]!() : part;
