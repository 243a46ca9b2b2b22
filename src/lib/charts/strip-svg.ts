import type { Frame, Tile } from '../decode/frame.ts';
import { percent } from '../decode/number.ts';

/** Colours by their token names, as the page has them now. */
export type Palette = Readonly<
	Record<'paper' | 'ink' | 'muted' | 'line' | 'prefix' | 'draft' | 'mask' | 'accent', string>
>;

export interface Picture {
	readonly frame: Frame;
	readonly label: (tile: Tile) => string;
	readonly palette: Palette;
	/** A line above the strip. */
	readonly title: string;
	/** A line below it: where it comes from. */
	readonly source: string;
}

const CELL = 68;
const HEIGHT = 44;
const MARGIN = 24;
const HEAD = 56;

/** The strip of one step as a free-standing SVG: the same tiles, without script, fonts by name. */
export function stripSvg({ frame, label, palette, title, source }: Picture): string {
	const first = Math.min(...frame.tiles.map(({ position }) => position));
	const last = Math.max(...frame.tiles.map(({ position }) => position));
	const width = (last - first + 1) * CELL + 2 * MARGIN;
	const y = (row: number) =>
		HEAD +
		MARGIN +
		row * HEIGHT +
		(row >= frame.lanes.ar ? 4 : 0) +
		(row >= frame.lanes.blocks ? 16 : 0);
	const height = y(frame.rows) + 40;
	const x = (position: number) => MARGIN + (position - first) * CELL;
	const numbers = Array.from(
		{ length: last - first + 1 },
		(_, i) =>
			`<text x="${x(first + i)}" y="${HEAD + 14}" font-size="11" fill="${palette.muted}">${first + i}</text>`
	);
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, system-ui, sans-serif">`,
		`<title>${escape(title)}</title>`,
		`<rect width="${width}" height="${height}" fill="${palette.paper}"/>`,
		`<text x="${MARGIN}" y="38" font-size="15" fill="${palette.ink}">${escape(title)}</text>`,
		...numbers,
		...frame.tiles.flatMap(({ position, row, from, fate }) =>
			from === undefined
				? []
				: `<path d="M${x(position) - 6} ${y(from) + 19}h3V${y(row) + 19}H${x(position)}" fill="none" stroke="${fate === 'accepted' ? palette.draft : palette.line}" stroke-width="2"/>`
		),
		...frame.tiles.map((tile) =>
			drawTile(tile, x(tile.position), y(tile.row), label(tile), palette)
		),
		`<text x="${MARGIN}" y="${height - 16}" font-size="11" fill="${palette.muted}">${escape(source)}</text>`,
		'</svg>\n'
	].join('\n');
}

function drawTile(tile: Tile, x: number, y: number, text: string, palette: Palette): string {
	const { kind, fate } = tile;
	const width = CELL - 6;
	const height = HEIGHT - 6;
	const faded = fate === 'rejected' || (fate === 'idle' && kind !== 'prefix');
	const ink = kind === 'prefix' ? palette.paper : faded ? palette.muted : palette.ink;
	const color = kind === 'ar' ? palette.muted : palette[kind];
	const box =
		kind === 'prefix'
			? `fill="${palette.prefix}"`
			: kind === 'draft'
				? `fill="${palette.draft}" fill-opacity="${faded ? 0 : 0.14}"`
				: kind === 'mask'
					? `fill="${palette.mask}" fill-opacity="${fate === 'chosen' || fate === 'filled' ? 0.14 : 0}" stroke="${palette.mask}" stroke-opacity="${fate === 'chosen' ? 1 : 0.45}"`
					: fate === 'correction'
						? `fill="none" stroke="${palette.accent}" stroke-width="2"`
						: `fill="none" stroke="${fate === 'bonus' ? palette.ink : 'none'}"`;
	const strike = fate === 'rejected' ? ' text-decoration="line-through"' : '';
	const shown = text.length > 8 ? `${text.slice(0, 7)}…` : text;
	return [
		`<g transform="translate(${x} ${y})"><title>${escape(text)}</title>`,
		`<rect width="${width}" height="${height}" rx="3" ${box}/>`,
		kind === 'draft'
			? `<line x2="${width}" y1="1" y2="1" stroke="${color}" stroke-width="2" stroke-dasharray="2 2"/>`
			: '',
		`<text x="5" y="${tile.probability === undefined || kind === 'prefix' ? 23 : 17}" font-size="12" font-family="JetBrains Mono, monospace" fill="${ink}"${strike} xml:space="preserve">${escape(shown)}</text>`,
		kind !== 'prefix' && tile.probability !== undefined
			? `<text x="5" y="31" font-size="10" fill="${palette.muted}">${escape(percent(tile.probability))}</text>` +
				`<rect y="${height - 2}" width="${(tile.probability * width).toFixed(1)}" height="2" fill="${color}"/>`
			: '',
		fate === 'accepted'
			? `<text x="${width - 13}" y="31" font-size="11" font-weight="600" fill="${ink}">✓</text>`
			: '',
		'</g>'
	].join('');
}

const escape = (text: string) => text.replace(/[<>&"]/g, (char) => `&#${char.codePointAt(0)};`);
