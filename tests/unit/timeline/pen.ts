import type { Fill, Pen } from '../../../src/lib/timeline/pen.ts';

export interface Mark {
	readonly what: 'rect' | 'column' | 'frame' | 'line' | 'text';
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
	readonly fill?: Fill | undefined;
	readonly text?: string;
	readonly ink?: string | undefined;
}

/** A pen that writes down what it was told to draw. */
export class RecordingPen implements Pen {
	readonly marks: Mark[] = [];
	depth = 0;

	rect(x: number, y: number, width: number, height: number, fill: Fill): void {
		this.marks.push({ what: 'rect', x, y, width, height, fill });
	}
	skyline(bottom: number, columns: readonly number[], fill: Fill): void {
		for (let i = 0; i < columns.length; i += 3) {
			const [x, width, height] = [columns[i]!, columns[i + 1]!, columns[i + 2]!];
			this.marks.push({ what: 'column', x, y: bottom - height, width, height, fill });
		}
	}
	frame(...[x, y, width, height, ink]: Parameters<Pen['frame']>): void {
		this.marks.push({ what: 'frame', x, y, width, height, ink });
	}
	line(...[x1, y1, x2, y2, ink]: Parameters<Pen['line']>): void {
		this.marks.push({ what: 'line', x: x1, y: y1, width: x2 - x1, height: y2 - y1, ink });
	}
	text(...[x, y, text, options]: Parameters<Pen['text']>): void {
		this.marks.push({ what: 'text', x, y, width: 0, height: 0, text, ink: options?.ink });
	}
	clip(): void {
		this.depth++;
	}
	unclip(): void {
		this.depth--;
	}

	bars(...fills: Fill[]): Mark[] {
		return this.marks.filter(
			({ what, fill }) => (what === 'rect' || what === 'column') && fill && fills.includes(fill)
		);
	}
	texts(): string[] {
		return this.marks.flatMap(({ text }) => (text === undefined ? [] : [text]));
	}
}
