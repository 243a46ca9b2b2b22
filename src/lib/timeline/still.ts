import { draw } from './draw.ts';
import { variables } from './palette.ts';
import { sceneOf, type SceneOptions } from './scene-of.ts';
import { SvgPen } from './svg-pen.ts';
import type { TimelineView } from './view.svelte.ts';
import type { Words } from './words.ts';

const WIDTH = 1100;

/** A view as an SVG in the page's own colours, cut at the right where there is less room. */
export function stillOf(
	view: TimelineView,
	words: Words,
	options: Partial<SceneOptions> = {},
	id = 'still'
): string {
	const pen = new SvgPen(variables, id);
	const scene = sceneOf(view, { width: WIDTH, words, status: [], ...options });
	draw(pen, scene);
	return pen
		.svg(WIDTH, scene.height, '')
		.replace('<svg ', '<svg preserveAspectRatio="xMinYMin slice" ');
}
