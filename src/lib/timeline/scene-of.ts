import { NARROW_PICTURE, type Scene } from './draw.ts';
import type { TimelineView } from './view.svelte.ts';
import type { Words } from './words.ts';

/** Room for the names of the lanes at the left, in small type where there is little. */
export const gutterOf = (width: number): number => (width < NARROW_PICTURE ? 68 : 108);

export interface SceneOptions {
	readonly width: number;
	readonly words: Words;
	readonly status: readonly string[];
	readonly future?: Scene['future'];
	readonly ruler?: boolean;
	readonly gutter?: number;
}

/** The picture of a view at a width. */
export function sceneOf(view: TimelineView, o: SceneOptions): Scene {
	const { rows, height } = view.rows;
	return {
		width: o.width,
		height,
		scale: view.scale(o.gutter ?? gutterOf(o.width), o.width),
		runs: view.runs,
		rows,
		words: o.words,
		status: o.status,
		playHead: view.started ? view.playHead : undefined,
		future: o.future ?? 'veiled',
		slowdown: 1000 / view.speed,
		area: view.area,
		marks: view.marks,
		selected: view.selected,
		hovered: view.hovered,
		found: view.query ? view.found : undefined,
		ruler: o.ruler ?? true,
		names: true
	};
}
