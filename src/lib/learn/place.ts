import * as v from 'valibot';

/** What of a figure a link reproduces: numbers within limits, and choices from a list. */
export type Spec = Readonly<Record<string, NumberSpec | ChoiceSpec>>;
interface NumberSpec {
	readonly initial: number;
	readonly min: number;
	readonly max: number;
	/** Whole numbers only, unless said otherwise. */
	readonly fraction?: boolean;
}
interface ChoiceSpec {
	readonly initial: string;
	readonly options: readonly string[];
}
export type Place = Readonly<Record<string, number | string>>;

/** A value that was asked for and not taken as it is. */
export interface Correction {
	readonly name: string;
	readonly asked: string;
	readonly taken: string;
}

export const initialOf = (spec: Spec): Place =>
	Object.fromEntries(Object.entries(spec).map(([name, { initial }]) => [name, initial]));

const numeric = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.toNumber(), v.finite());

/**
 * Reads a figure's state from a query. Values out of range are clamped, unknown ones give way to what `from` has, and
 * both are told. Never throws.
 */
export function readPlace(
	spec: Spec,
	params: URLSearchParams,
	from: Place = initialOf(spec)
): { place: Place; corrections: Correction[] } {
	const corrections: Correction[] = [];
	const place: Record<string, number | string> = { ...from };
	for (const [name, field] of Object.entries(spec)) {
		const asked = params.get(name);
		if (asked === null) continue;
		const taken = take(field, asked, from[name] ?? field.initial);
		place[name] = taken;
		if (String(taken) !== asked && Number(asked) !== taken) {
			corrections.push({ name, asked: asked.slice(0, 40), taken: String(taken) });
		}
	}
	return { place, corrections };
}

function take(field: NumberSpec | ChoiceSpec, asked: string, fallback: number | string) {
	if ('options' in field) return field.options.includes(asked) ? asked : fallback;
	const parsed = v.safeParse(numeric, asked);
	if (!parsed.success) return fallback;
	const clamped = Math.min(field.max, Math.max(field.min, parsed.output));
	return field.fraction ? clamped : Math.round(clamped);
}

/** The shortest query that `readPlace` turns back into this state: only what differs from the defaults. */
export function writePlace(spec: Spec, place: Place): URLSearchParams {
	const params = new URLSearchParams();
	for (const [name, { initial }] of Object.entries(spec)) {
		if (place[name] !== undefined && place[name] !== initial) params.set(name, String(place[name]));
	}
	return params;
}
