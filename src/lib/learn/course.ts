import * as v from 'valibot';

/** What a lesson's front matter says; the figure by its id, with what it is to show as a query. */
const FrontMatter = v.strictObject({
	/** Never changes, whatever the lesson is called or wherever it moves: progress goes by it. */
	id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
	title: v.pipe(v.string(), v.nonEmpty()),
	summary: v.pipe(v.string(), v.nonEmpty()),
	minutes: v.pipe(v.number(), v.integer(), v.minValue(1)),
	/** Ids of lessons that it builds on. */
	needs: v.optional(v.array(v.string()), []),
	/** The figure beside the text. */
	figure: v.string(),
	/** What can be done with the figure: said where scripts do not run. */
	does: v.pipe(v.string(), v.nonEmpty()),
	/** The figure's state on arrival, as a query. */
	preset: v.optional(v.string(), ''),
	/** A recorded session that the figure plays, and how many of its steps. */
	session: v.optional(v.string()),
	steps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 40),
	/** How many of the likeliest tokens the figure needs at each place. */
	top: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1)
});
const PartMatter = v.strictObject({
	title: v.pipe(v.string(), v.nonEmpty()),
	summary: v.pipe(v.string(), v.nonEmpty())
});

export interface Lesson extends v.InferOutput<typeof FrontMatter> {
	/** Where it lies: 'NN-part/NN-lesson'. */
	readonly folder: string;
	/** The parts of its address. */
	readonly part: string;
	readonly lesson: string;
	/** Counted through the whole course, from its folder's name. */
	readonly number: number;
}

export interface Part extends v.InferOutput<typeof PartMatter> {
	readonly slug: string;
	readonly number: number;
	readonly lessons: readonly Lesson[];
}

/** A folder's name without the number that orders it. */
export const slugOf = (folder: string): string => folder.replace(/^\d+-/, '');
const numberOf = (folder: string): number => Number.parseInt(folder, 10);

/**
 * The course of one language, in the order of its folders.
 * @param files front matter by 'NN-part/index.md' and 'NN-part/NN-lesson/index.md'
 * @throws Error that names the file and field where front matter is not as it must be, an id occurs twice, or a lesson
 * needs one that is not there before it.
 */
export function courseOf(files: Readonly<Record<string, unknown>>): Part[] {
	const read = <T extends v.GenericSchema>(schema: T, path: string): v.InferOutput<T> => {
		const parsed = v.safeParse(schema, files[path]);
		if (parsed.success) return parsed.output;
		const [issue] = parsed.issues;
		throw new Error(`lessons/${path}: ${v.getDotPath(issue) ?? 'front matter'}: ${issue.message}`);
	};
	const paths = Object.keys(files).sort();
	const known = new Set<string>();
	return paths
		.filter((path) => path.split('/').length === 2)
		.map((path) => {
			const [folder] = path.split('/') as [string];
			const inside = paths.filter((p) => p.startsWith(`${folder}/`) && p !== path);
			const lessons = inside.map((at): Lesson => {
				const [, lesson] = at.split('/') as [string, string];
				const matter = read(FrontMatter, at);
				if (known.has(matter.id)) throw new Error(`lessons/${at}: id "${matter.id}" is taken.`);
				known.add(matter.id);
				return {
					...matter,
					folder: `${folder}/${lesson}`,
					part: slugOf(folder),
					lesson: slugOf(lesson),
					number: numberOf(lesson)
				};
			});
			return {
				...read(PartMatter, path),
				slug: slugOf(folder),
				number: numberOf(folder),
				lessons
			};
		})
		.filter(({ lessons }) => lessons.length > 0);
}

/** The address of a lesson, without language. */
export const pathOf = ({ part, lesson }: Pick<Lesson, 'part' | 'lesson'>): `/${string}` =>
	`/learn/${part}/${lesson}`;

/** The lessons before and after one, through all parts, without wrapping round. */
export function neighboursOf(
	parts: readonly Part[],
	id: string
): { before?: Lesson; after?: Lesson } {
	const all = parts.flatMap(({ lessons }) => lessons);
	const at = all.findIndex((lesson) => lesson.id === id);
	return { before: all[at - 1], after: at < 0 ? undefined : all[at + 1] };
}
