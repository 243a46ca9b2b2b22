import * as v from 'valibot';

/** How far somebody has come, as it is stored and as its file looks. Lessons and questions go by id, so they may move. */
const Attempt = v.object({
	right: v.boolean(),
	tries: v.pipe(v.number(), v.integer(), v.minValue(1)),
	answer: v.optional(v.union([v.string(), v.array(v.string())])),
	/** Which time it was asked, from 0, where its numbers vary. */
	time: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))
});
const Lesson = v.object({
	/** The reader has come to its end. */
	read: v.boolean(),
	/** When it was last open. */
	at: v.pipe(v.string(), v.isoTimestamp()),
	quiz: v.record(v.string(), Attempt),
	/** What was guessed before the answer was shown. */
	guesses: v.record(v.string(), v.pipe(v.number(), v.finite()))
});
const Schema = v.object({ version: v.literal(1), lessons: v.record(v.string(), Lesson) });

export type Attempt = v.InferOutput<typeof Attempt>;
export type LessonProgress = v.InferOutput<typeof Lesson>;
export type Progress = v.InferOutput<typeof Schema>;

export const nothing: Progress = { version: 1, lessons: {} };

/** Ids that lessons once had, and what they are called now. */
export const renames: Readonly<Record<string, string>> = {};

export type ProgressProblem =
	| { readonly kind: 'not-json' }
	/** A file of another kind, or of a later version of the site. */
	| { readonly kind: 'version' }
	/** The field that is not as it must be, as a path. */
	| { readonly kind: 'field'; readonly at: string };

/** Reads a progress file. Never throws; unknown lessons are kept, so that nothing is lost by a round trip. */
export function parseProgress(
	text: string,
	renamed: Readonly<Record<string, string>> = renames
): { ok: true; progress: Progress } | { ok: false; problem: ProgressProblem } {
	let data: unknown;
	try {
		data = JSON.parse(text);
	} catch {
		return { ok: false, problem: { kind: 'not-json' } };
	}
	if (typeof data !== 'object' || data === null || (data as Progress).version !== 1) {
		return { ok: false, problem: { kind: 'version' } };
	}
	const parsed = v.safeParse(Schema, data);
	if (!parsed.success) {
		return { ok: false, problem: { kind: 'field', at: v.getDotPath(parsed.issues[0]) ?? '/' } };
	}
	const lessons: Record<string, LessonProgress> = {};
	for (const [id, lesson] of Object.entries(parsed.output.lessons)) {
		const now = Object.hasOwn(renamed, id) ? renamed[id]! : id;
		lessons[now] = Object.hasOwn(lessons, now) ? mergeLesson(lessons[now]!, lesson) : lesson;
	}
	return { ok: true, progress: { version: 1, lessons } };
}

/** Both together: what is read or right in either stays so; of two other answers the one of the later visit. */
export function merge(a: Progress, b: Progress): Progress {
	const lessons = { ...a.lessons };
	for (const [id, lesson] of Object.entries(b.lessons)) {
		lessons[id] = Object.hasOwn(lessons, id) ? mergeLesson(lessons[id]!, lesson) : lesson;
	}
	return { version: 1, lessons };
}

function mergeLesson(a: LessonProgress, b: LessonProgress): LessonProgress {
	const [early, late] = a.at <= b.at ? [a, b] : [b, a];
	const quiz = { ...early.quiz };
	for (const [id, attempt] of Object.entries(late.quiz)) {
		if (!(Object.hasOwn(quiz, id) && quiz[id]!.right && !attempt.right)) quiz[id] = attempt;
	}
	return {
		read: a.read || b.read,
		at: late.at,
		quiz,
		guesses: { ...early.guesses, ...late.guesses }
	};
}

/** What the contents page shows of a lesson. */
export interface Standing {
	readonly state: 'new' | 'begun' | 'read' | 'done';
	readonly right: number;
	readonly questions: number;
}

/** done: read to the end with every question right. */
export function standingOf(
	lesson: LessonProgress | undefined,
	questions: readonly string[]
): Standing {
	const right = questions.filter((id) => lesson?.quiz[id]?.right).length;
	const state = !lesson
		? 'new'
		: !lesson.read
			? 'begun'
			: right === questions.length
				? 'done'
				: 'read';
	return { state, right, questions: questions.length };
}

/** The lesson to go on with: the one last open unless it is done, else the first after it that is not; none at the start. */
export function resumeAt(
	{ lessons }: Progress,
	order: readonly { readonly id: string; readonly questions: readonly string[] }[]
): string | undefined {
	const open = order.filter(({ id }) => lessons[id]);
	if (open.length === 0) return undefined;
	const last = open.reduce((a, b) => (lessons[b.id]!.at > lessons[a.id]!.at ? b : a));
	const from = order.indexOf(last);
	const done = ({ id, questions }: (typeof order)[number]) =>
		['read', 'done'].includes(standingOf(lessons[id], questions).state);
	return [...order.slice(from), ...order.slice(0, from)].find((lesson) => !done(lesson))?.id;
}
