import { count, digits } from '../decode/number.ts';

/** The data of a figure: what screen readers read and what is copied. Numbers stay numbers. */
export interface Table {
	readonly head: readonly string[];
	readonly rows: readonly (readonly (string | number)[])[];
}

/** A cell as it is shown: three significant digits. */
export const shown = (cell: string | number): string =>
	typeof cell === 'string' ? cell : Number.isInteger(cell) ? count(cell) : digits(cell);

const field = (cell: string | number): string =>
	typeof cell === 'number'
		? String(Number(cell.toPrecision(6)))
		: /[",\n]/.test(cell)
			? `"${cell.replaceAll('"', '""')}"`
			: cell;

/** RFC 4180, with six significant digits. */
export const toCsv = ({ head, rows }: Table): string =>
	`${[head, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
