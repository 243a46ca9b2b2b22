import type { Shape } from './backend.ts';
import type { Gpu } from './device.ts';
import type { Executor, PassShape } from './executor.ts';
import { CheckedExecutor } from './fused/checked.ts';
import { FusedExecutor, STORAGE_BUFFERS } from './fused/executor.ts';
import { Kernels } from './fused/kernels.ts';
import { kindOf, type FusedShape } from './fused/recipe.ts';
import { uploadWeights } from './fused/weights.ts';
import type { Reason } from './load/contract.ts';
import { graphOf, type Manifest } from './manifest.ts';
import { ReplayExecutor } from './replay.ts';
import { Tape } from './replayTape.ts';

/**
 * auto (the default): fused kernels of our own where they compute the same, with greedy steps following each other
 * on the device (Lookahead); else replay. ahead: that, on a software GPU too. fused, replay: only that, see
 * FusedExecutor and ReplayExecutor. off: ONNX Runtime encodes every pass.
 */
export type Fast = 'auto' | 'ahead' | 'fused' | 'replay' | 'off';

/** Whether passes may be submitted before they are asked for, if the executor can. */
export const looksAhead = (fast: Fast = 'auto'): boolean => fast === 'auto' || fast === 'ahead';

/** What recordings are made on. ONNX Runtime must not have the device yet. */
export const tapeFor = (fast: Fast = 'auto', { device }: Gpu): Tape | undefined =>
	fast === 'auto' || fast === 'replay' ? Tape.install(device) : undefined;

/** What the executors need of a model. */
interface Ingredients {
	readonly manifest: Manifest;
	readonly blob: Uint8Array;
	readonly shape: Shape;
	/** Float16 activations. */
	readonly half: boolean;
	readonly tape?: Tape;
	readonly kernels?: Kernels;
}

/** The fastest executor that computes what `plain` does. Reasons why it is not the very fastest may come later. */
export function fastest(
	plain: Executor,
	gpu: Gpu,
	model: Ingredients,
	tell: (reason: Reason) => void
): Executor {
	const replay = model.tape ? replaying(plain, gpu, model, model.tape, tell) : plain;
	return model.kernels ? fusing(plain, replay, gpu, model, model.kernels, tell) : replay;
}

/** Passes that come first: a prompt, AR's step, TiDAR's with k = 8; most other shapes have the kernels of one of them. */
const SOON = [
	{ q: 48, r: 9 },
	{ q: 1, r: 1 },
	{ q: 72, r: 72 }
] as const;

/**
 * The fused kernels, where they are to be used. They are compiled from now on, while files are still on their way; not on a
 * software GPU, where that would take the processor from what is needed first.
 */
export function kernelsFor(
	fast: Fast = 'auto',
	{ device, software }: Gpu,
	{ manifest, half }: Pick<Ingredients, 'manifest' | 'half'>
): Kernels | undefined {
	// An emulated GPU pays for every barrier, of which the fused kernels have many.
	const fuses = !half && (fast === 'fused' || fast === 'ahead' || (fast === 'auto' && !software));
	if (!fuses) return undefined;
	const kernels = new Kernels(device);
	if (!software) kernels.prepare(fusedShapeOf(manifest), SOON);
	return kernels;
}

function replaying(
	plain: Executor,
	{ device, name }: Gpu,
	{ shape: { vocabulary, kvHeads, headSize }, half }: Ingredients,
	tape: Tape,
	tell: (reason: Reason) => void
): Executor {
	const bytes = { logits: vocabulary * 4, keys: kvHeads * headSize * (half ? 2 : 4) };
	return new ReplayExecutor(device, tape, plain, bytes, (why) =>
		tell({
			code: 'no-replay',
			message: `Passes are encoded one by one on this GPU (${name}), which is slower: ${why}.`
		})
	);
}

function fusing(
	plain: Executor,
	rest: Executor,
	{ device, name }: Gpu,
	{ manifest, blob }: Ingredients,
	kernels: Kernels,
	tell: (reason: Reason) => void
): Executor {
	const onOff = (why: string) =>
		tell({
			code: 'no-fused',
			message: `The fast kernels are not used on this GPU (${name}): ${why}.`
		});
	const shape = fusedShapeOf(manifest);
	const { layers, kvHeads, headSize, vocabulary } = shape;
	if (device.limits.maxStorageBuffersPerShaderStage < STORAGE_BUFFERS) {
		onOff(`a kernel may use no more than ${device.limits.maxStorageBuffersPerShaderStage} buffers`);
		return rest;
	}
	const weights = uploadWeights(device, graphOf(manifest, 'webgpu-f32'), layers, blob);
	const fast = new FusedExecutor(device, kernels, weights, shape);
	const kind = (pass: PassShape) => kindOf(pass, shape);
	const row = { logits: vocabulary, keys: kvHeads * headSize };
	return new CheckedExecutor(device, fast, plain, rest, kind, row, onOff);
}

/** Sizes of a model, as the fused kernels need them. */
export function fusedShapeOf({ architecture }: Pick<Manifest, 'architecture'>): FusedShape {
	const { layers, width, heads, kvHeads, headSize, ffn, vocabulary, normEps } = architecture;
	const groups = heads / kvHeads;
	return { layers, width, kvHeads, headSize, groups, ffn, vocabulary, epsilon: normEps };
}
