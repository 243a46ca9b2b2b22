import { messageOf } from '../errors.ts';
import type { Commands } from '../commands.ts';
import type { Matrix } from './weights.ts';
import type { Executor, GraphInputs, GraphOutputs, PassShape } from '../executor.ts';

/** Rows of logits compared. */
const ROWS = 8;
/** Largest difference of a value, as a share of the largest value of its row. */
const TOLERANCE = 1e-3;

/**
 * Trusts a fast executor once it has computed what the plain one computes: for the first pass of each kind both run,
 * and some rows of logits and the last layer's keys and values, which follow from all before, are compared.
 * Where they differ, or the device refuses a command, all passes run on the other from then on.
 */
export class CheckedExecutor implements Executor {
	readonly #checked = new Set<string>();
	#off = false;

	/**
	 * @param kindOf passes of one kind use the same kernels.
	 * @param rest what runs the passes when `fast` is not to be trusted; it may be `plain`.
	 * @param row values in a row of logits, and in a slot's keys in one layer.
	 * @param onOff is told why, once.
	 */
	constructor(
		private readonly device: GPUDevice,
		private readonly fast: Executor,
		private readonly plain: Executor,
		private readonly rest: Executor,
		private readonly kindOf: (shape: PassShape) => string,
		private readonly row: { readonly logits: number; readonly keys: number },
		private readonly onOff: (why: string) => void
	) {}

	async run(inputs: GraphInputs, shape: PassShape, commands: Commands): Promise<GraphOutputs> {
		if (this.#off) return this.rest.run(inputs, shape, commands);
		const kind = this.kindOf(shape);
		if (this.#checked.has(kind)) return this.fast.run(inputs, shape, commands);
		const wanted = await this.#values(
			await this.plain.run(inputs, shape, commands),
			shape,
			commands
		);
		const tried = await this.#try(inputs, shape, commands);
		const refused = typeof tried === 'string';
		const why = refused ? `the device refuses them: ${tried}` : difference(wanted, tried.got);
		if (!refused && why === undefined) {
			this.#checked.add(kind);
			return tried.outputs;
		}
		this.#off = true;
		this.onOff(why!);
		return this.rest.run(inputs, shape, commands);
	}

	/** What the fast one computes, or the reason why it cannot. */
	async #try(
		inputs: GraphInputs,
		shape: PassShape,
		commands: Commands
	): Promise<{ outputs: GraphOutputs; got: Float32Array[] } | string> {
		const compute = async () => {
			const outputs = await this.fast.run(inputs, shape, commands);
			return { outputs, got: await this.#values(outputs, shape, commands) };
		};
		this.device.pushErrorScope('validation');
		const tried = await compute().catch(messageOf);
		const error = await this.device.popErrorScope();
		return error?.message ?? tried;
	}

	embedding(shape: PassShape): Matrix | undefined {
		const trusted = !this.#off && this.#checked.has(this.kindOf(shape));
		return trusted ? this.fast.embedding?.(shape) : undefined;
	}

	alike(one: PassShape, other: PassShape): boolean {
		return this.fast.alike?.(one, other) ?? false;
	}

	forget(buffers: readonly GPUBuffer[]): void {
		this.fast.forget(buffers);
		this.rest.forget(buffers);
	}

	async dispose(): Promise<void> {
		await this.fast.dispose();
		await this.rest.dispose();
	}

	/** Rows of logits from the first to the last, then the last layer's keys, then its values. */
	async #values(
		{ logits, fresh }: GraphOutputs,
		{ q, r }: PassShape,
		commands: Commands
	): Promise<Float32Array[]> {
		const rows = new Set(
			Array.from({ length: ROWS }, (_, i) => Math.floor((i * (r - 1)) / (ROWS - 1)))
		);
		const parts = [
			...Array.from(rows, (row) => ({
				buffer: logits,
				from: row * this.row.logits,
				length: this.row.logits
			})),
			...fresh.slice(-2).map((buffer) => ({ buffer, from: 0, length: q * this.row.keys }))
		];
		const staging = this.device.createBuffer({
			label: 'check of the fast kernels',
			size: parts.reduce((sum, { length }) => sum + length * 4, 0),
			usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
		});
		let at = 0;
		for (const { buffer, from, length } of parts) {
			commands.encoder().copyBufferToBuffer(buffer, from * 4, staging, at * 4, length * 4);
			at += length;
		}
		commands.submit();
		await staging.mapAsync(GPUMapMode.READ);
		const all = new Float32Array(staging.getMappedRange().slice(0));
		staging.destroy();
		at = 0;
		return parts.map(({ length }) => all.subarray(at, (at += length)));
	}
}

/** In words, how two lists of rows differ; undefined where they agree. */
function difference(
	wanted: readonly Float32Array[],
	got: readonly Float32Array[]
): string | undefined {
	for (const [i, row] of wanted.entries()) {
		let largest = 0;
		let error = 0;
		row.forEach((value, j) => {
			largest = Math.max(largest, Math.abs(value));
			// Written so that NaN counts as a difference.
			const off = Math.abs(value - got[i]![j]!);
			if (!(off <= error)) error = off;
		});
		if (!(error <= TOLERANCE * largest)) {
			return `they compute something else (${(error / largest).toExponential(1)} of the largest value)`;
		}
	}
	return undefined;
}
