import type { Session, Step } from '$engine/decode/index.ts';
import { acceptedOf, layoutOf } from './frame.ts';
import { labelOf } from './text.ts';

/** One compact line a step: `12  41→44  3/8  ␣sky␣is␣blue  ≠ red (said: blue)  block 3  7.20 ms`. */
export function logLine(session: Session, step: Step): string {
	const { index, start, kept, layout, emitted, next, times, canvas } = step;
	const label = (token: number | undefined) => labelOf(session, token);
	const cells = [
		String(index).padStart(3),
		`${start}→${start + kept.length}`,
		step.kind === 'prefill'
			? `prompt ${layout.prompt}`
			: canvas
				? `${canvas.unmasked.length}/${canvas.unmasked.length + canvas.remasked.length}`
				: `${acceptedOf(step)}/${layout.parents.length}`,
		`q ${layoutOf(step).slots.length}`,
		emitted.map(label).join('') || '–'
	];
	if (next) {
		const instead = next.instead === undefined ? '' : ` (not ${label(next.instead)})`;
		cells.push(`${next.first} ${label(next.drafts[0])}${instead}`, `block ${next.block}`);
	}
	cells.push(`${times.total.toFixed(2)} ms`);
	return cells.join('  ');
}

export const logOf = (session: Session): string =>
	session.steps.map((step) => logLine(session, step)).join('\n');

const columns = [
	'step',
	'kind',
	'start',
	'slots',
	'by',
	'drafts',
	'accepted',
	'emitted',
	'text',
	'next_first',
	'first_kind',
	'instead',
	'block',
	'filled',
	'put_back',
	'total_ms',
	'encode_ms',
	'gpu_ms',
	'readback_ms'
] as const;

/** The steps as a table (RFC 4180), a row a step; what was not measured is empty. */
export function csvOf(session: Session): string {
	const rows = session.steps.map((step) => {
		const { next, times } = step;
		const label = (token: number | undefined) => labelOf(session, token);
		return [
			step.index,
			step.kind,
			step.start,
			layoutOf(step).slots.length,
			step.by ?? '',
			step.layout.parents.length,
			acceptedOf(step),
			step.emitted.length,
			step.emitted.map(label).join(''),
			label(next?.drafts[0]),
			next?.first ?? '',
			label(next?.instead),
			next?.block ?? '',
			step.canvas?.unmasked.length ?? '',
			step.canvas?.remasked.length ?? '',
			times.total,
			times.encode ?? '',
			times.gpu ?? '',
			times.readback ?? ''
		];
	});
	return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

const cell = (value: string | number) => {
	const text = String(value);
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
