import { clear, inkColor, looks, mixed, patternPaths, PERIOD, type Palette } from './palette.ts';
import { fills, type Fill, type Ink, type Pen } from './pen.ts';

const FONT = "'Inter Variable', 'PingFang SC', 'Noto Sans CJK SC', system-ui, sans-serif";

/** Fills of one palette as a canvas takes them: a pattern is painted once, on a tile of its own. */
export function prepareFills(
	context: CanvasRenderingContext2D,
	palette: Palette,
	density: number
): ReadonlyMap<Fill, string | CanvasPattern> {
	const prepared = new Map<Fill, string | CanvasPattern>();
	for (const fill of fills) {
		const look = looks[fill];
		const base = clear.has(fill)
			? `color-mix(in srgb, ${palette[look.color]} ${Math.round(100 * look.tint)}%, transparent)`
			: mixed(palette, look);
		if (!look.pattern) {
			prepared.set(fill, base);
			continue;
		}
		const tile = document.createElement('canvas');
		tile.width = tile.height = PERIOD * density;
		const ink = tile.getContext('2d')!;
		ink.scale(density, density);
		ink.fillStyle = base;
		ink.fillRect(0, 0, PERIOD, PERIOD);
		ink.strokeStyle = palette[look.color];
		ink.lineWidth = 1;
		ink.stroke(new Path2D(patternPaths[look.pattern]));
		const pattern = context.createPattern(tile, 'repeat');
		prepared.set(fill, pattern ?? base);
	}
	return prepared;
}

/**
 * A pen on a canvas whose context is scaled to CSS pixels. `shift` moves the patterns along with the time axis, so
 * that hatching travels with its bar.
 */
export class CanvasPen implements Pen {
	/** The fill that the context is set to. */
	#filling: Fill | undefined;

	constructor(
		private readonly context: CanvasRenderingContext2D,
		private readonly palette: Palette,
		private readonly fills: ReadonlyMap<Fill, string | CanvasPattern>,
		density: number,
		shift: number
	) {
		const placed = new DOMMatrix().translate(shift % PERIOD, 0).scale(1 / density);
		for (const fill of fills.values()) {
			if (typeof fill !== 'string') fill.setTransform(placed);
		}
	}

	rect(x: number, y: number, width: number, height: number, fill: Fill): void {
		const { context } = this;
		if (looks[fill].tint > 0) {
			this.#fill(fill);
			context.fillRect(x, y, width, height);
		}
		if (looks[fill].outline && width > 3) {
			context.strokeStyle = this.palette[looks[fill].color];
			context.lineWidth = 1;
			context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
		}
	}

	skyline(bottom: number, columns: readonly number[], fill: Fill): void {
		const { context } = this;
		this.#fill(fill);
		context.beginPath();
		let end = columns[0]!;
		context.moveTo(end, bottom);
		for (let i = 0; i < columns.length; i += 3) {
			const [x, width, height] = [columns[i]!, columns[i + 1]!, columns[i + 2]!];
			if (x !== end) {
				// Down, and along the ground to the next one: nothing is filled between.
				context.lineTo(end, bottom);
				context.lineTo(x, bottom);
			}
			context.lineTo(x, bottom - height);
			context.lineTo((end = x + width), bottom - height);
		}
		context.lineTo(end, bottom);
		context.fill();
	}

	/** Most bars look like the one before; setting a colour means parsing it. */
	#fill(fill: Fill): void {
		if (fill === this.#filling) return;
		this.context.fillStyle = this.fills.get(fill)!;
		this.#filling = fill;
	}

	frame(x: number, y: number, width: number, height: number, ink: Ink, thick = 2): void {
		this.context.strokeStyle = this.palette[inkColor[ink]];
		this.context.lineWidth = thick;
		this.context.strokeRect(x, y, width, height);
	}

	line(x1: number, y1: number, x2: number, y2: number, ink: Ink, dashed = false): void {
		const { context } = this;
		context.strokeStyle = this.palette[inkColor[ink]];
		context.lineWidth = 1;
		context.setLineDash(dashed ? [3, 3] : []);
		context.beginPath();
		context.moveTo(x1, y1);
		context.lineTo(x2, y2);
		context.stroke();
		context.setLineDash([]);
	}

	text(...[x, y, text, options = {}]: Parameters<Pen['text']>): void {
		const { ink = 'ink', align = 'start', size = 11, bold = false } = options;
		const { context } = this;
		context.font = `${bold ? 600 : 400} ${size}px ${FONT}`;
		context.textAlign = align;
		context.textBaseline = 'middle';
		context.fillStyle = this.palette[inkColor[ink]];
		this.#filling = undefined;
		context.fillText(text, x, y);
	}

	clip(x: number, y: number, width: number, height: number): void {
		this.context.save();
		this.context.beginPath();
		this.context.rect(x, y, width, height);
		this.context.clip();
	}

	unclip(): void {
		this.context.restore();
		this.#filling = undefined;
	}
}
