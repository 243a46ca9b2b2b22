import * as v from 'valibot';
import { pack, unpack } from '../share/pack.ts';

/**
 * A lecture: scenes in the order in which they are shown. The same data is a file, a link, and what the ready-made ones
 * are written in.
 */
const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest));
const shared = {
	title: text(200),
	/** What the teacher says; the audience never sees it. */
	notes: v.optional(text(4000), ''),
	/** Planned for it. */
	minutes: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(180)), 2)
};

/** A page of this site, by its path without language and base: '/decode/?session=sky&step=3'. */
const path = v.pipe(
	text(4000),
	v.check(isOwnPath, 'must be a page of this site, such as /decode/?session=sky')
);

export const sceneSchema = v.variant('kind', [
	v.object({
		kind: v.literal('page'),
		...shared,
		path,
		/** Parts of the page that are hidden. */
		hide: v.optional(
			v.pipe(v.array(v.pipe(v.string(), v.regex(/^[a-z]{1,20}$/))), v.maxLength(20)),
			[]
		)
	}),
	v.object({ kind: v.literal('text'), ...shared, body: v.optional(text(4000), '') }),
	v.object({
		kind: v.literal('predict'),
		...shared,
		question: text(600),
		options: v.pipe(v.array(text(200)), v.minLength(2), v.maxLength(6)),
		/** The right one, by its place; absent where there is none. */
		answer: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5))),
		/** Told with the answer. */
		because: v.optional(text(1000), '')
	})
]);
export type Scene = v.InferOutput<typeof sceneSchema>;

const lectureSchema = v.object({
	format: v.literal('tidar-lecture'),
	version: v.literal(1),
	title: text(200),
	scenes: v.pipe(v.array(sceneSchema), v.maxLength(100))
});
export type Lecture = v.InferOutput<typeof lectureSchema>;

/** Whether this leads to a page of ours: one slash at its beginning, no other host, no way up. */
export function isOwnPath(path: string): boolean {
	if (!/^\/(?![/\\])/.test(path) || /[\\\s\p{Cc}]/u.test(path)) return false;
	try {
		const url = new URL(path, 'https://site.invalid');
		return url.host === 'site.invalid' && url.pathname.startsWith('/') && !path.includes('/..');
	} catch {
		return false;
	}
}

export type Parsed = { ok: true; lecture: Lecture } | { ok: false; problem: string };

/** Checks data from elsewhere. The problem is a sentence with the place. Never throws. */
export function toLecture(data: unknown): Parsed {
	const parsed = v.safeParse(lectureSchema, data);
	if (parsed.success) return { ok: true, lecture: parsed.output };
	const [issue] = parsed.issues;
	const where = v.getDotPath(issue);
	return { ok: false, problem: `${where ? `${where}: ` : ''}${issue.message}` };
}

/** Reads a saved lecture. Never throws. */
export function parseLecture(json: string): Parsed {
	try {
		return toLecture(JSON.parse(json));
	} catch {
		return { ok: false, problem: 'not JSON' };
	}
}

/** For a link: the fragment '#l=…' of /present. */
export const packLecture = (lecture: Lecture): string => pack(lecture);
/** Never throws. */
export function unpackLecture(packed: string): Parsed {
	const data = unpack(packed);
	return data === undefined ? { ok: false, problem: 'cut off or changed' } : toLecture(data);
}

/** Minutes of the scenes before one, and of all. */
export const minutesBefore = ({ scenes }: Pick<Lecture, 'scenes'>, index = scenes.length): number =>
	scenes.slice(0, index).reduce((sum, { minutes }) => sum + minutes, 0);
