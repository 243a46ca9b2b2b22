import { outline, type Drawing, type Ink, type Mark } from './drawing.ts';

/** Colours by their token names, as the page has them now. */
export type Palette = Readonly<Record<Ink, string>>;

const HEAD = 44;
const FOOT = 28;
const MARGIN = 20;

const escape = (text: string) => text.replace(/[<>&"]/g, (char) => `&#${char.codePointAt(0)};`);

/** A drawing as a free-standing SVG with a title above and its source below; no script, fonts by name. */
export function toSvg(
	{ width, height, marks }: Drawing,
	palette: Palette,
	{ title, source }: { title: string; source: string }
): string {
	const full = { width: Math.ceil(width) + 2 * MARGIN, height: Math.ceil(height) + HEAD + FOOT };
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${full.width}" height="${full.height}" viewBox="0 0 ${full.width} ${full.height}" font-family="Inter, PingFang SC, Noto Sans CJK SC, system-ui, sans-serif" font-size="12">`,
		`<title>${escape(title)}</title>`,
		`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="6" fill="${palette.paper}" fill-opacity="0.45"/></pattern></defs>`,
		`<rect width="${full.width}" height="${full.height}" fill="${palette.paper}"/>`,
		`<text x="${MARGIN}" y="28" font-size="15" fill="${palette.ink}">${escape(title)}</text>`,
		`<g transform="translate(${MARGIN} ${HEAD})">`,
		...marks.map((mark) => write(mark, palette)),
		'</g>',
		`<text x="${MARGIN}" y="${full.height - 12}" font-size="11" fill="${palette.muted}">${escape(source)}</text>`,
		'</svg>\n'
	].join('\n');
}

function write(mark: Mark, palette: Palette): string {
	switch (mark.type) {
		case 'path': {
			const { d, stroke, width = 1, dash, fill, tint = 1, hatch } = mark;
			const line = stroke
				? ` stroke="${palette[stroke]}" stroke-width="${width}"${dash ? ` stroke-dasharray="${dash}"` : ''}`
				: '';
			const filled = fill ? ` fill="${palette[fill]}" fill-opacity="${tint}"` : ' fill="none"';
			const path = `<path d="${d}"${filled}${line}/>`;
			return hatch ? `${path}<path d="${d}" fill="url(#hatch)"/>` : path;
		}
		case 'text': {
			const { x, y, text, anchor = 'start', ink = 'ink', size = 12, bold, turn, rim } = mark;
			return (
				`<text x="${x}" y="${y}" font-size="${size}" fill="${palette[ink]}" text-anchor="${anchor}"` +
				(bold ? ' font-weight="600"' : '') +
				(turn ? ` transform="rotate(${turn} ${x} ${y})"` : '') +
				(rim ? ` paint-order="stroke" stroke="${palette.paper}" stroke-width="3"` : '') +
				`>${escape(text)}</text>`
			);
		}
		case 'dot': {
			const { x, y, fill, stroke } = mark;
			return `<path d="${outline(mark)}" transform="translate(${round(x)} ${round(y)})" fill="${fill === 'none' ? fill : palette[fill ?? 'paper']}"${stroke ? ` stroke="${palette[stroke]}" stroke-width="1.5"` : ''}/>`;
		}
	}
}

const round = (x: number) => Math.round(x * 100) / 100;
