import * as v from 'valibot';
import { pack, unpack } from '../share/pack.ts';

/**
 * What was measured on one device: the file that is saved, what a link holds, and what this browser remembers. A later
 * version gets another number; readers refuse what they do not know.
 */
const positive = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1e12));
const whole = v.pipe(positive, v.integer());
const name = v.pipe(v.string(), v.maxLength(120));
const spread = { median: positive, low: positive, high: positive, n: whole };
const rate = v.optional(v.object(spread));

export const measurementSchema = v.object({
	format: v.literal('tidar-measurement'),
	version: v.literal(1),
	/** ISO 8601. */
	date: v.pipe(v.string(), v.isoTimestamp()),
	/** Name and version of the browser. */
	browser: name,
	machine: v.object({
		backend: v.picklist(['webgpu', 'wasm']),
		name,
		vendor: v.optional(name),
		architecture: v.optional(name),
		software: v.boolean(),
		f16: v.boolean(),
		timestamps: v.boolean(),
		subgroups: v.boolean(),
		limits: v.record(v.pipe(v.string(), v.maxLength(60)), positive),
		cores: whole,
		memory: v.optional(positive),
		isolated: v.boolean()
	}),
	/** GB/s, TFLOP/s, TFLOP/s, microseconds. */
	micro: v.object({
		copy: rate,
		f32: rate,
		f16: rate,
		launch: rate,
		clock: v.picklist(['timestamps', 'wall']),
		wrong: v.pipe(v.array(v.picklist(['f32', 'f16'])), v.maxLength(2))
	}),
	model: v.optional(
		v.object({
			name,
			/** SHA-256 of the weights. */
			weights: v.pipe(v.string(), v.maxLength(64)),
			/** Bytes of the download, nearly all of which a pass reads. */
			bytes: positive,
			precision: v.picklist(['f32', 'f16']),
			threads: v.optional(whole),
			/** Positions in the cache while slots were timed. */
			context: whole
		})
	),
	/** Milliseconds of passes, fewest slots first. */
	slots: v.pipe(
		v.array(
			v.object({
				slots: v.pipe(whole, v.minValue(1)),
				k: whole,
				...spread,
				median: v.pipe(positive, v.minValue(1e-6)),
				gpu: v.optional(positive),
				encode: v.optional(positive),
				readback: v.optional(positive)
			})
		),
		v.maxLength(40)
	),
	agreement: v.optional(v.object({ slots: whole, equal: whole, close: whole, passes: whole })),
	/** T/NFE by k, as the model's evaluation has it. */
	yields: v.optional(
		v.pipe(v.array(v.object({ k: whole, tokensPerPass: positive })), v.maxLength(40))
	),
	/** The page was in the background for a while: times may be too long. */
	hidden: v.boolean()
});
export type Measurement = v.InferOutput<typeof measurementSchema>;

/** A measurement, or undefined where this is none. Never throws. */
export function toMeasurement(data: unknown): Measurement | undefined {
	const parsed = v.safeParse(measurementSchema, data);
	return parsed.success ? parsed.output : undefined;
}

/** Reads a saved file. Never throws. */
export function parseMeasurement(json: string): Measurement | undefined {
	try {
		return toMeasurement(JSON.parse(json));
	} catch {
		return undefined;
	}
}

/** For a link: `r=` of /measure. */
export const packMeasurement = (measurement: Measurement): string => pack(rounded(measurement));
/** Never throws. */
export const unpackMeasurement = (text: string): Measurement | undefined =>
	toMeasurement(unpack(text));

/** Numbers to five digits: more is noise, and makes links long. */
function rounded<T>(data: T): T {
	return JSON.parse(
		JSON.stringify(data, (_, value: unknown) =>
			typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
		)
	) as T;
}

/** Where this browser keeps the last measurement of its own device. */
export const KEPT = 'tidar-lab:measurement:1';

/** The last measurement of this device, if there is one. Never throws. */
export function recallMeasurement(
	storage: Pick<Storage, 'getItem'> | undefined = globalThis.localStorage
): Measurement | undefined {
	try {
		return parseMeasurement(storage?.getItem(KEPT) ?? '');
	} catch {
		return undefined;
	}
}

/** Keeps it where the browser lets us. */
export function keepMeasurement(measurement: Measurement): void {
	try {
		localStorage.setItem(KEPT, JSON.stringify(rounded(measurement)));
	} catch {
		// A private window: the page still shows it, and it can be saved as a file.
	}
}
