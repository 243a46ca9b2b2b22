import type { PassShape } from '../executor.ts';
import { recipeOf, type FusedShape, type Kernel } from './recipe.ts';

/** The kernels of one device, each compiled once, side by side and beside all else. */
export class Kernels {
	readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

	constructor(private readonly device: GPUDevice) {}

	/** @throws GPUPipelineError where the device refuses it. */
	get({ key, code }: Kernel): Promise<GPUComputePipeline> {
		const known = this.#pipelines.get(key);
		if (known) return known;
		const made = this.device.createComputePipelineAsync({
			label: key,
			layout: 'auto',
			compute: { module: this.device.createShaderModule({ label: key, code: code() }) }
		});
		this.#pipelines.set(key, made);
		return made;
	}

	/** Begins with what passes of these shapes will need. */
	prepare(model: FusedShape, shapes: readonly Pick<PassShape, 'q' | 'r'>[]): void {
		for (const shape of shapes) {
			for (const { kernel } of recipeOf(model, shape).launches) {
				// Whoever needs it hears what went wrong.
				this.get(kernel).catch(() => undefined);
			}
		}
	}
}
