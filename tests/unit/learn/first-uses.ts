import type { GlossaryEntry } from '../../../src/lib/server/lessons.ts';

/** Where a link cannot stand, or a word is no use of a term: spaces instead, so that places stay the same. */
function prose(text: string): string {
	const blank = (found: string) => found.replace(/[^\n]/g, ' ');
	return [
		/^---[\s\S]*?\n---/,
		/\$\$[\s\S]*?\$\$/g,
		/\$[^$\n]+\$/g,
		/`[^`\n]*`/g,
		/<(Lit|Show|Term|Tool)\b[^>]*>[\s\S]*?<\/\1>/g,
		/<[^>]*>/g,
		/^[#|].*$/gm
	].reduce((rest, pattern) => rest.replace(pattern, blank), text);
}

/** The first use of a term in a lesson's text that could be a link; nothing may begin a line there. */
export function firstUse(
	text: string,
	{ forms = [] }: Pick<GlossaryEntry, 'forms'>
): { at: number; form: string } | undefined {
	const plain = prose(text);
	const uses = forms.flatMap((form) => {
		const word = form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
		const latin = /^[\x20-\x7e]+$/.test(form);
		const pattern = new RegExp(
			latin ? `(?<![\\w.-]|Qwen[\\d.]+ |TiDAR )${word}(?![\\w-])` : word,
			/[A-Z]/.test(form) ? 'g' : 'gi'
		);
		return Array.from(plain.matchAll(pattern), (match) => ({ at: match.index, form: match[0] }));
	});
	return uses
		.filter(({ at }) => at > 0 && text[at - 1] !== '\n')
		.sort((a, b) => a.at - b.at || b.form.length - a.form.length)[0];
}

/** Where a term is linked; -1 where it is not. */
export const linkOf = (text: string, id: string): number => text.indexOf(`<Term id="${id}"`);
