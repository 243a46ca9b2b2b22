import type { Lane } from './lanes.ts';

/** Layer number of a slice that belongs to no layer. */
export const NO_LAYER = -1;

/**
 * Slices on lanes over time, one typed array a field: slice i is what stands at index i of each.
 * Slices of one lane ascend by start and never overlap; times in ms from the start of the timeline.
 */
export interface Slices {
	readonly length: number;
	/** Index into the timeline's lanes. */
	readonly lane: Uint8Array;
	readonly start: Float64Array;
	readonly duration: Float32Array;
	/** Index into `sliceKinds`. */
	readonly kind: Uint8Array;
	/** Index into `operatorNames`. */
	readonly operator: Uint8Array;
	/** From 0; NO_LAYER outside the layers. */
	readonly layer: Int16Array;
	/** Index into the timeline's passes; -1 where there are none. */
	readonly pass: Int32Array;
	readonly bytes: Float32Array;
	/** 2 per weight and slot. */
	readonly flops: Float32Array;
	/** Share of the lane's resource in use, 0..1: of the cores in the compute lane, else 1. */
	readonly share: Float32Array;
	/** Index into the timeline's labels. */
	readonly label: Uint32Array;
}

/** One forward pass of a run. */
export interface Pass {
	/** ms. */
	readonly start: number;
	readonly end: number;
	/** Tokens that drop out at `out`. */
	readonly tokens: number;
	/** When they are known: the end of the read-back, in ms. */
	readonly out: number;
	/** 'step', 'draft', 'verify', 'denoise', 'prefill'. */
	readonly role: string;
	readonly slots: number;
}

/** Everything a view draws of one run or trace. */
export interface Timeline {
	readonly lanes: readonly Lane[];
	readonly slices: Slices;
	readonly labels: readonly string[];
	readonly passes: readonly Pass[];
	/** ms; no slice ends later. */
	readonly duration: number;
	/** Datasheet rates that shares refer to, where known: FLOP/s and bytes/s of one device. */
	readonly peak?: { readonly flops: number; readonly bytes: number };
	/** What one must know to read it: data, so that a page can say it in its reader's language. */
	readonly notes: readonly Note[];
}

export type Note =
	/** Times of whole passes; the parts where the device stamped them. */
	| { readonly kind: 'per-step'; readonly parts: boolean; readonly backend: string }
	/**
	 * Every launch was stamped by the device, whose timestamps move in steps of `resolutionUs`; lengths are means of
	 * `meanOf` passes where those are coarse. What stamping costs: ms of all passes with and without it.
	 */
	| {
			readonly kind: 'stamped';
			readonly resolutionUs: number;
			readonly meanOf?: number;
			readonly stampedMs: number;
			readonly plainMs: number;
	  }
	/** Kernel times are measured; bytes and FLOPs of a kernel are the cost model's. */
	| { readonly kind: 'work-computed' }
	/** Events of a foreign trace that are no slices, or whose times cannot be used. */
	| { readonly kind: 'skipped'; readonly what: Skipped; readonly count: number }
	/** Only the beginning of a file was read. */
	| { readonly kind: 'cut'; readonly events: number };

export const skippable = [
	'other-phase',
	'bad-time',
	'unpaired',
	'overlap',
	'lanes',
	'names'
] as const;
export type Skipped = (typeof skippable)[number];

/** Slices that a timeline holds at most: 40 bytes each, so 120 MB. */
export const MOST_SLICES = 3_000_000;

/** What several slices have in common. */
export interface About {
	/** Codes of `operatorNames`; layer, pass and label as in Slices. */
	readonly operator: number;
	readonly layer: number;
	readonly pass: number;
	readonly label: number;
}

/** Said of slices about which there is nothing to say. */
export const NOTHING: About = { operator: 0, layer: NO_LAYER, pass: -1, label: 0 };

/**
 * Grows typed arrays slice by slice. `repeat` copies slices already written, later in time: that
 * is how equal layers are laid out at the speed of memory.
 */
export class SliceWriter {
	#capacity: number;
	#arrays: Omit<Slices, 'length'>;
	length = 0;

	constructor(capacity = 1024) {
		this.#capacity = Math.min(capacity, MOST_SLICES);
		this.#arrays = allocate(this.#capacity);
	}

	/**
	 * Adds a slice: lane number, kind code, start and duration in ms. Positional, as it is called a million times.
	 * @throws RangeError at MOST_SLICES.
	 */
	add(
		lane: number,
		kind: number,
		start: number,
		duration: number,
		about: About = NOTHING,
		bytes = 0,
		flops = 0,
		share = 1
	): void {
		if (this.length === this.#capacity) this.reserve(1);
		const a = this.#arrays;
		const i = this.length++;
		a.lane[i] = lane;
		a.start[i] = start;
		a.duration[i] = duration;
		a.kind[i] = kind;
		a.operator[i] = about.operator;
		a.layer[i] = about.layer;
		a.pass[i] = about.pass;
		a.bytes[i] = bytes;
		a.flops[i] = flops;
		a.share[i] = share;
		a.label[i] = about.label;
	}

	/**
	 * Repeats the slices [from, to) `times` times, each `every` ms after the one before, the first `shift` ms after
	 * the original; the copies are the layers `layer`, `layer` + 1, … of the same pass.
	 */
	repeat(from: number, to: number, times: number, shift: number, every: number, layer: number) {
		const count = to - from;
		this.reserve(count * times);
		const a = this.#arrays;
		const at = this.length;
		const end = at + count * times;
		for (const name of fields) {
			a[name].copyWithin(at, from, to);
			// Doubling: few large moves instead of many small ones.
			for (let done = count; at + done < end; done *= 2) {
				a[name].copyWithin(at + done, at, at + Math.min(done, end - at - done));
			}
		}
		const { start } = a;
		for (let copy = 0, i = at; copy < times; copy++) {
			const later = shift + copy * every;
			for (const stop = i + count; i < stop; i++) start[i] = start[i]! + later;
			a.layer.fill(layer + copy, i - count, i);
		}
		this.length = end;
	}

	/** Makes room for `more` slices. @throws RangeError at MOST_SLICES. */
	reserve(more: number): void {
		const needed = this.length + more;
		if (needed <= this.#capacity) return;
		if (needed > MOST_SLICES) {
			throw new RangeError(
				`A timeline holds at most ${MOST_SLICES} slices; choose fewer steps or tiles.`
			);
		}
		this.#capacity = Math.min(MOST_SLICES, Math.max(needed, this.#capacity * 2));
		const larger = allocate(this.#capacity);
		for (const name of fields) larger[name].set(this.#arrays[name]);
		this.#arrays = larger;
	}

	/** The slices written, as views on the arrays: no copy. */
	done(): Slices {
		const a = this.#arrays;
		const n = this.length;
		return {
			length: n,
			lane: a.lane.subarray(0, n),
			start: a.start.subarray(0, n),
			duration: a.duration.subarray(0, n),
			kind: a.kind.subarray(0, n),
			operator: a.operator.subarray(0, n),
			layer: a.layer.subarray(0, n),
			pass: a.pass.subarray(0, n),
			bytes: a.bytes.subarray(0, n),
			flops: a.flops.subarray(0, n),
			share: a.share.subarray(0, n),
			label: a.label.subarray(0, n)
		};
	}
}

const fields = [
	'lane',
	'start',
	'duration',
	'kind',
	'operator',
	'layer',
	'pass',
	'bytes',
	'flops',
	'share',
	'label'
] as const satisfies readonly (keyof Slices)[];

function allocate(n: number): Omit<Slices, 'length'> {
	return {
		lane: new Uint8Array(n),
		start: new Float64Array(n),
		duration: new Float32Array(n),
		kind: new Uint8Array(n),
		operator: new Uint8Array(n),
		layer: new Int16Array(n),
		pass: new Int32Array(n),
		bytes: new Float32Array(n),
		flops: new Float32Array(n),
		share: new Float32Array(n),
		label: new Uint32Array(n)
	};
}

/** Numbers for strings, the same string always the same number. Number 0 is the empty string. */
export class Labels {
	readonly list: string[] = [''];
	#numbers = new Map<string, number>([['', 0]]);

	of(text: string): number {
		let number = this.#numbers.get(text);
		if (number === undefined) {
			number = this.list.length;
			this.list.push(text);
			this.#numbers.set(text, number);
		}
		return number;
	}
}
