/** What the editor does to the scenes of a lecture: each makes a new list. */
import type { Scene } from './lecture.ts';

type Scenes = readonly Scene[];

export const replaced = (scenes: Scenes, at: number, scene: Scene): Scene[] =>
	scenes.map((one, i) => (i === at ? scene : one));

export const without = (scenes: Scenes, at: number): Scene[] => scenes.filter((_, i) => i !== at);

/** Up or down by one; the first and the last stay where they are. */
export function moved(scenes: Scenes, at: number, by: -1 | 1): Scene[] {
	const to = at + by;
	if (to < 0 || to >= scenes.length) return [...scenes];
	const next = [...scenes];
	[next[at], next[to]] = [next[to]!, next[at]!];
	return next;
}

/** What a page hides at first when it becomes a scene: of a lesson its figure is left, of a recording what is drawn. */
export function hiddenAtFirst(path: string): string[] {
	if (path.startsWith('/learn/')) return ['crumbs', 'heading', 'text', 'quiz'];
	const recorded = /^\/decode\/\?(.*&)?session=/.test(path);
	return recorded ? ['intro', 'prompt', 'setup', 'files'] : [];
}

export const pageScene = (path: string, title: string): Scene => ({
	kind: 'page',
	title,
	notes: '',
	minutes: 2,
	path,
	hide: hiddenAtFirst(path)
});

export const textScene = (title: string): Scene => ({
	kind: 'text',
	title,
	notes: '',
	minutes: 1,
	body: ''
});

/** @param options what the audience chooses from, two to six */
export const predictScene = (question: string, options: readonly string[]): Scene => ({
	kind: 'predict',
	title: question,
	notes: '',
	minutes: 2,
	question,
	options: [...options],
	because: ''
});
