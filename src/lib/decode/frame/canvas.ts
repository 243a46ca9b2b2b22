import {
	canvasPasses,
	canvasShift,
	layoutOf,
	type Prediction,
	type Session,
	type Step
} from '$engine/decode/index.ts';
import { TEXT_ROW, type Fate, type Head, type Rows, type Tile } from '../tile.ts';

/** A canvas after the pass, and below it what each pass over it filled. */
export function canvasRows(
	session: Session,
	index: number,
	step: Step,
	settled: boolean,
	anchor: number
): Rows {
	const { steps } = session;
	const passes = canvasPasses(steps, index);
	const tiles: Tile[] = [];
	const positionOf = (of: Step, slot: number) => of.start + layoutOf(of).slots[slot]!.offset;
	const sayer = (of: Step, slot: number): Prediction | undefined =>
		of.predictions[slot - canvasShift(of)] ?? undefined;
	/** The pass that filled a position, from 1. */
	const filledIn = new Map<number, { pass: number; token: number }>();

	const heads = passes.map((at, i): Head => {
		const pass = steps[at]!;
		const row = i + 1;
		const now = at === index;
		const tileOf = (slot: number, token: number | undefined, fate: Fate): Tile => {
			const said = sayer(pass, slot);
			return {
				key: `u:${at}:${slot}`,
				kind: 'mask',
				position: positionOf(pass, slot),
				row,
				token,
				probability:
					token === undefined ? undefined : said?.probabilities[said.tokens.indexOf(token)],
				fate,
				number: i + 1,
				canvas: true,
				...(now && { slot })
			};
		};
		for (const { slot, token } of pass.canvas!.unmasked) {
			filledIn.set(positionOf(pass, slot), { pass: i + 1, token });
			tiles.push(tileOf(slot, token, now ? 'chosen' : 'filled'));
		}
		if (now) {
			for (const slot of pass.canvas!.remasked)
				tiles.push(tileOf(slot, sayer(pass, slot)?.tokens[0], 'idle'));
		}
		return { row, what: 'pass', number: i + 1, from: 0, chosen: now };
	});

	layoutOf(step).slots.forEach(({ region }, slot) => {
		const position = positionOf(step, slot);
		if (region !== 'mask' || position < anchor) return;
		const filled = filledIn.get(position);
		const written = settled && position < anchor + step.emitted.length;
		tiles.push({
			key: `c:${position}`,
			kind: written ? 'prefix' : 'mask',
			position,
			row: TEXT_ROW,
			token: filled?.token,
			fate: !filled ? 'idle' : filled.pass === passes.length ? 'chosen' : 'filled',
			slot,
			canvas: true,
			...(filled && { number: filled.pass })
		});
	});
	return { rows: passes.length + 1, lanes: { ar: 1, blocks: 1 }, tiles, heads };
}
