import type { Commands } from './commands.ts';
import type { GraphInputs, GraphOutputs } from './executor.ts';
import { pin, unpin } from './replayPins.ts';
import { bufferOf, type Dispatch } from './replayTape.ts';

/** A kernel launch that can be encoded again: its uniform data lie in a buffer of the recording. */
interface Launch {
	readonly pipeline: GPUComputePipeline;
	readonly group: GPUBindGroup;
	readonly groups: Dispatch['groups'];
}

/** Every device accepts a uniform binding at a multiple of this. */
const SLOT = 256;

/**
 * The kernels of one run of the graph, encoded anew without ONNX Runtime. It reads the inputs and writes
 * the outputs of the run that was recorded, in the same buffers, so it is valid as long as these live.
 * ONNX Runtime's own are kept alive until `dispose`, even where it gives them up.
 */
export class Recording {
	readonly #launches: readonly Launch[];
	readonly #uniforms: GPUBuffer;
	readonly #pinned = new Set<GPUBuffer>();
	readonly #inputs: ReadonlySet<GPUBuffer>;

	constructor(
		device: GPUDevice,
		dispatches: readonly Dispatch[],
		inputs: GraphInputs,
		readonly outputs: GraphOutputs
	) {
		this.#inputs = new Set(buffersOf(inputs));
		const data = new Uint8Array(sizeOfUniforms(dispatches));
		this.#uniforms = device.createBuffer({
			label: 'uniforms of a recording',
			size: Math.max(SLOT, data.length),
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
		});
		let at = 0;
		this.#launches = dispatches.map(({ pipeline, layout, entries, uniforms, groups }) => {
			for (const entry of entries) this.#pin(bufferOf(entry));
			if (!Array.isArray(groups)) this.#pin((groups as { buffer: GPUBuffer }).buffer);
			const all = [...entries];
			if (uniforms) {
				const { binding, size } = uniforms;
				data.set(uniforms.data, at);
				all.push({ binding, resource: { buffer: this.#uniforms, offset: at, size } });
				at += slots(size);
			}
			return { pipeline, group: device.createBindGroup({ layout, entries: all }), groups };
		});
		for (const buffer of [outputs.logits, ...outputs.fresh]) this.#pin(buffer);
		device.queue.writeBuffer(this.#uniforms, 0, data);
	}

	/** Kernel launches of one run. */
	get length(): number {
		return this.#launches.length;
	}

	/** Whether it reads exactly these inputs. */
	reads(inputs: GraphInputs): boolean {
		return buffersOf(inputs).every((buffer) => this.#inputs.has(buffer));
	}

	/** Whether one of these buffers is among its inputs. */
	needs(buffers: readonly GPUBuffer[]): boolean {
		return buffers.some((buffer) => this.#inputs.has(buffer));
	}

	/** Adds all launches to `commands`. */
	encode(commands: Commands): void {
		const pass = commands.pass();
		let current: GPUComputePipeline | undefined;
		for (const { pipeline, group, groups } of this.#launches) {
			if (pipeline !== current) pass.setPipeline((current = pipeline));
			pass.setBindGroup(0, group);
			if ('buffer' in groups) pass.dispatchWorkgroupsIndirect(groups.buffer, groups.offset);
			else pass.dispatchWorkgroups(...groups);
		}
	}

	/** Gives the memory back. Whatever was encoded must have been submitted. */
	dispose(): void {
		for (const buffer of this.#pinned) unpin(buffer);
		this.#pinned.clear();
		this.#uniforms.destroy();
	}

	#pin(buffer: GPUBuffer | undefined): void {
		if (!buffer || this.#inputs.has(buffer) || this.#pinned.has(buffer)) return;
		this.#pinned.add(buffer);
		pin(buffer);
	}
}

const buffersOf = ({ x, pos, bias, rows, past }: GraphInputs) => [x, pos, bias, rows, ...past];

const slots = (size: number) => Math.ceil(size / SLOT) * SLOT;

const sizeOfUniforms = (dispatches: readonly Dispatch[]) =>
	dispatches.reduce((sum, { uniforms }) => sum + (uniforms ? slots(uniforms.size) : 0), 0);
