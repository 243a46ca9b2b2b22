import { clear, inkColor, looks, mixed, patternPaths, PERIOD, type Palette } from './palette.ts';
import { fills, type Fill, type Ink, type Pen } from './pen.ts';

const escape = (text: string): string =>
	text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
/** Control signs are not allowed in XML, not even escaped. */
const printable = (text: string): string =>
	Array.from(text, (c) => (c < ' ' || c === '\ufffe' || c === '\uffff' ? ' ' : c)).join('');
const n = (value: number): string => String(Math.round(value * 100) / 100);

/**
 * A pen that writes SVG.
 * @param id prefix of the ids inside: unique where several pictures share a page
 */
export class SvgPen implements Pen {
	#parts: string[] = [];
	#clips = 0;

	constructor(
		private readonly palette: Palette,
		private readonly id = 'timeline'
	) {}

	rect(x: number, y: number, width: number, height: number, fill: Fill): void {
		this.#bar(x, y, width, height, fill, looks[fill].outline === true && width > 3);
	}

	skyline(bottom: number, columns: readonly number[], fill: Fill): void {
		for (let i = 0; i < columns.length; i += 3) {
			const [x, width, height] = [columns[i]!, columns[i + 1]!, columns[i + 2]!];
			this.#bar(x, bottom - height, width, height, fill, false);
		}
	}

	#bar(x: number, y: number, width: number, height: number, fill: Fill, outlined: boolean): void {
		const look = looks[fill];
		const paint = look.pattern
			? `url(#${this.id}-${fill})`
			: look.tint === 0
				? 'none'
				: clear.has(fill)
					? this.palette[look.color]
					: mixed(this.palette, look);
		const opacity = clear.has(fill) ? ` fill-opacity="${look.tint}"` : '';
		const box = outlined
			? `x="${n(x + 0.5)}" y="${n(y + 0.5)}" width="${n(width - 1)}" height="${n(height - 1)}" stroke="${this.palette[look.color]}"`
			: `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"`;
		this.#parts.push(`<rect ${box} fill="${paint}"${opacity}/>`);
	}

	frame(x: number, y: number, width: number, height: number, ink: Ink, thick = 2): void {
		this.#parts.push(
			`<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="none" stroke="${this.palette[inkColor[ink]]}" stroke-width="${thick}"/>`
		);
	}

	line(x1: number, y1: number, x2: number, y2: number, ink: Ink, dashed = false): void {
		this.#parts.push(
			`<path d="M${n(x1)},${n(y1)}L${n(x2)},${n(y2)}" stroke="${this.palette[inkColor[ink]]}"${dashed ? ' stroke-dasharray="3 3"' : ''}/>`
		);
	}

	text(...[x, y, text, options = {}]: Parameters<Pen['text']>): void {
		const { ink = 'ink', align = 'start', size = 11, bold = false } = options;
		const anchor = { start: 'start', center: 'middle', end: 'end' }[align];
		this.#parts.push(
			`<text x="${n(x)}" y="${n(y)}" font-size="${size}" dominant-baseline="central" text-anchor="${anchor}"${bold ? ' font-weight="600"' : ''} fill="${this.palette[inkColor[ink]]}">${escape(printable(text))}</text>`
		);
	}

	clip(x: number, y: number, width: number, height: number): void {
		const id = `${this.id}-clip${this.#clips++}`;
		this.#parts.push(
			`<clipPath id="${id}"><rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"/></clipPath><g clip-path="url(#${id})">`
		);
	}

	unclip(): void {
		this.#parts.push('</g>');
	}

	/** The whole picture. `alt` is its description; empty makes it decoration. */
	svg(width: number, height: number, alt: string): string {
		const used = fills.filter((fill) =>
			this.#parts.some((part) => part.includes(`#${this.id}-${fill})`))
		);
		const patterns = used.map((fill) => {
			const look = looks[fill];
			return `<pattern id="${this.id}-${fill}" width="${PERIOD}" height="${PERIOD}" patternUnits="userSpaceOnUse"><rect width="${PERIOD}" height="${PERIOD}" fill="${mixed(this.palette, look)}"/><path d="${patternPaths[look.pattern!]}" stroke="${this.palette[look.color]}" fill="none"/></pattern>`;
		});
		const said = alt ? `role="img" aria-label="${escape(printable(alt))}"` : 'aria-hidden="true"';
		return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(width)} ${n(height)}" width="${n(width)}" height="${n(height)}" font-family="Inter Variable, Inter, system-ui, sans-serif" ${said}><defs>${patterns.join('')}</defs><rect width="100%" height="100%" fill="${this.palette.paper}"/>${this.#parts.join('')}</svg>`;
	}
}
