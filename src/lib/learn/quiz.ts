import { random } from '$engine/sampler/index.ts';

/**
 * The questions of a lesson, as data, and how an answer is judged. Every wrong answer that people really give has its
 * reason; a question that is right stays right.
 */
interface Asked {
	/** Unique in its lesson, the same in every language. */
	readonly id: string;
	readonly ask: string;
	/** Said when the answer is right. */
	readonly why: string;
}

export interface ChoiceQuestion extends Asked {
	readonly kind: 'choice';
	/** `slip` is the reason why an option is wrong; the one without it is right. */
	readonly options: readonly {
		readonly id: string;
		readonly text: string;
		readonly slip?: string;
	}[];
}

export interface NumberQuestion extends Asked {
	readonly kind: 'number';
	readonly answer: number;
	/** How far off an answer may be, as a share of the right one. */
	readonly tolerance: number;
	readonly unit: string;
	/** Numbers that a known mistake leads to, judged with the same tolerance. */
	readonly slips: readonly { readonly value: number; readonly why: string }[];
	/** Said of any other number. */
	readonly otherwise: string;
	/** The same question with other numbers, for those who answer it anew. */
	readonly others?: readonly NumberQuestion[];
}

export interface OrderQuestion extends Asked {
	readonly kind: 'order';
	/** In the right order; `slip` says why an item comes directly behind the one before it. */
	readonly items: readonly { readonly id: string; readonly text: string; readonly slip?: string }[];
}

export interface PickQuestion extends Asked {
	readonly kind: 'pick';
	/** What of the figure may be picked: names that the figure gives its parts. */
	readonly right: readonly string[];
	/** Reasons by the beginning of what was picked. */
	readonly slips: Readonly<Record<string, string>>;
	readonly otherwise: string;
}

/**
 * A question whose numbers vary: as it is asked first, and with other numbers each time that it is answered anew.
 * @param draws the numbers, a row a time
 */
export function varied<const Row extends readonly number[]>(
	id: string,
	draws: readonly Row[],
	of: (...row: number[]) => Omit<NumberQuestion, 'id' | 'kind' | 'others'>
): NumberQuestion {
	const [first, ...others] = draws.map((row): NumberQuestion => ({
		id,
		kind: 'number',
		...of(...row)
	}));
	if (!first) throw new Error(`The question "${id}" has no numbers.`);
	return { ...first, others };
}

/** The question as it is asked the n-th time, from 0. */
export function asked(question: Question, n: number): Question {
	if (question.kind !== 'number' || !question.others) return question;
	const all = [question, ...question.others];
	return all[n % all.length]!;
}

export type Question = ChoiceQuestion | NumberQuestion | OrderQuestion | PickQuestion;

/** An option's id, a number as typed, ids in an order, or the name of a part of the figure. */
export type Answer = string | readonly string[];

export interface Judgement {
	readonly right: boolean;
	/** Why it is right, or why not. */
	readonly says: string;
}

/** Judges an answer; undefined where it cannot be one (nothing chosen, not a number). */
export function judge(question: Question, answer: Answer): Judgement | undefined {
	const right = { right: true, says: question.why };
	const wrong = (says: string) => ({ right: false, says });
	switch (question.kind) {
		case 'choice': {
			const option = question.options.find(({ id }) => id === answer);
			return option && (option.slip === undefined ? right : wrong(option.slip));
		}
		case 'number': {
			const value = typeof answer === 'string' ? readNumber(answer) : undefined;
			if (value === undefined) return undefined;
			if (near(value, question.answer, question.tolerance)) return right;
			const slip = question.slips.find((known) => near(value, known.value, question.tolerance));
			return wrong(slip?.why ?? question.otherwise);
		}
		case 'order': {
			const { items } = question;
			if (typeof answer === 'string' || !sameItems(answer, items)) return undefined;
			const at = items.findIndex(({ id }, i) => answer[i] !== id);
			return at < 0 ? right : wrong(items[at]!.slip ?? items[at + 1]?.slip ?? '');
		}
		case 'pick': {
			if (typeof answer !== 'string' || answer === '') return undefined;
			if (question.right.includes(answer)) return right;
			const known = Object.keys(question.slips).find((name) => answer.startsWith(name));
			return wrong(known ? question.slips[known]! : question.otherwise);
		}
	}
}

/** Whether a number is the wanted one, but for a share of it. */
export const near = (value: number, wanted: number, tolerance: number): boolean =>
	Math.abs(value - wanted) <= Math.abs(wanted) * tolerance + 1e-12;

const sameItems = (answer: readonly string[], items: OrderQuestion['items']): boolean =>
	answer.length === items.length && items.every(({ id }) => answer.includes(id));

/**
 * A number as people type it: '42', '41.8', '1,000', '1 000', '４２', '4e2', with a unit or % behind it. A comma is a
 * thousands separator before three digits, else a decimal sign. Undefined for anything else.
 */
export function readNumber(text: string): number | undefined {
	const plain = text
		.normalize('NFKC')
		.trim()
		.replace(/(\d)[ _'](?=\d{3}(?!\d))/g, '$1')
		.replace(/(\d),(?=\d{3}(?!\d))/g, '$1')
		.replace(/^([-+]?\d*),(\d+)/, '$1.$2')
		.replace('−', '-');
	const match = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(?:[^\d\s.,+-][^\d]*)?$/i.exec(plain);
	if (!match) return undefined;
	const value = Number(match[1]);
	return Number.isFinite(value) ? value : undefined;
}

/** The ids of an order question as they are first shown: shuffled, alike for everybody, never in the right order. */
export function shuffled({ id, items }: Pick<OrderQuestion, 'id' | 'items'>): string[] {
	const ids = items.map((item) => item.id);
	const uniform = random([...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
	for (let i = ids.length - 1; i > 0; i--) {
		const j = Math.floor(uniform() * (i + 1));
		[ids[i], ids[j]] = [ids[j]!, ids[i]!];
	}
	return ids.every((item, i) => item === items[i]!.id) ? ids.reverse() : ids;
}
