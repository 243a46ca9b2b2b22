import { stepKernels } from '../cost/index.ts';
import { kindCode, operatorNames, type OperatorName } from './lanes.ts';
import { setupOf, unpackKernels, type Recording } from './recording.ts';
import { Labels, NOTHING, SliceWriter, type Timeline } from './slices.ts';

/** Measured and simulated time of the same work; µs. */
export interface Compared {
	/** From the first kernel's start to the next one's after the last: gaps between kernels included. */
	readonly measuredUs: number;
	/** The kernels alone. */
	readonly kernelsUs: number;
	readonly simulatedUs: number;
	/** simulated / measured - 1. */
	readonly difference: number;
}

export interface Comparison {
	readonly step: Compared;
	/** Null stands for what follows the last layer. */
	readonly layers: readonly (Compared & { readonly layer: number | null })[];
	/** Summed over the step. */
	readonly operators: readonly (Compared & { readonly operator: OperatorName })[];
}

/** Puts the cost model's kernels beside those of a recording: for the step, each layer, each operator. */
export function compareWithModel(r: Recording): Comparison {
	const measured = unpackKernels(r);
	const simulated = stepKernels(setupOf(r));
	const rows = measured.map((k, i) => {
		const next = measured[i + 1];
		return { ...k, whole: (next ? next.startUs : k.startUs + k.us) - k.startUs };
	});
	const over = (
		mine: (k: { layer: number | null; operator: OperatorName }) => boolean
	): Compared => {
		const own = rows.filter(mine);
		const measuredUs = own.reduce((sum, k) => sum + k.whole, 0);
		const kernelsUs = own.reduce((sum, k) => sum + k.us, 0);
		const simulatedUs = simulated.filter(mine).reduce((sum, k) => sum + 1000 * k.ms, 0);
		return { measuredUs, kernelsUs, simulatedUs, difference: simulatedUs / measuredUs - 1 };
	};
	const layers = Array.from(new Set(measured.map(({ layer }) => layer)));
	const operators = operatorNames.filter((operator) => rows.some((k) => k.operator === operator));
	return {
		step: over(() => true),
		layers: layers.map((layer) => ({ layer, ...over((k) => k.layer === layer) })),
		operators: operators.map((operator) => ({
			operator,
			...over((k) => k.operator === operator)
		}))
	};
}

/** Adds a lane that says above each layer how much longer or shorter the simulated one takes. */
export function withDifferences(timeline: Timeline, { layers }: Comparison): Timeline {
	const labels = new Labels();
	for (const label of timeline.labels) labels.of(label);
	const { slices } = timeline;
	const writer = new SliceWriter(slices.length + layers.length);
	for (let i = 0; i < slices.length; i++) {
		const about = {
			operator: slices.operator[i]!,
			layer: slices.layer[i]!,
			pass: slices.pass[i]!,
			label: slices.label[i]!
		};
		writer.add(
			slices.lane[i]!,
			slices.kind[i]!,
			slices.start[i]!,
			slices.duration[i]!,
			about,
			slices.bytes[i]!,
			slices.flops[i]!,
			slices.share[i]!
		);
		if (slices.kind[i] !== kindCode.layer) continue;
		const row = layers.find(({ layer }) => layer === slices.layer[i]);
		if (!row) continue;
		writer.add(
			timeline.lanes.length,
			row.difference >= 0 ? kindCode.slower : kindCode.faster,
			slices.start[i]!,
			slices.duration[i]!,
			{ ...NOTHING, layer: slices.layer[i]!, pass: 0, label: labels.of(signed(row.difference)) },
			0,
			0,
			Math.min(1, Math.abs(row.difference) / FULL)
		);
	}
	return {
		...timeline,
		lanes: [...timeline.lanes, { kind: 'difference', name: '' }],
		slices: writer.done(),
		labels: labels.list
	};
}

/** The difference that fills the lane. */
const FULL = 0.25;

/** +3.1 %, -12 %. */
export const signed = (share: number): string => {
	const percent = 100 * share;
	const text = Math.abs(percent) < 10 ? percent.toFixed(1) : percent.toFixed(0);
	return `${percent >= 0 ? '+' : '−'}${text.replace('-', '')} %`;
};
