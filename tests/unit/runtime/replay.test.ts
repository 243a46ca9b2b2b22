import { beforeEach, expect, test, vi } from 'vitest';
import { Commands } from '../../../engine/runtime/commands.ts';
import type { Executor, GraphInputs, PassShape } from '../../../engine/runtime/executor.ts';
import { ReplayExecutor } from '../../../engine/runtime/replay.ts';
import { Tape } from '../../../engine/runtime/replayTape.ts';

/**
 * A device that counts. Buffers hold one number; the only kernel, `add`, writes input + uniform to the
 * output. Enough for a graph of one kernel, run by an executor that behaves as ONNX Runtime does: one
 * uniform buffer reused for everything, outputs destroyed when they are given back.
 */
class FakeBuffer {
	value = 0;
	destroyed = false;
	/** What uniform buffers hold. */
	readonly bytes: Uint8Array;
	constructor(
		readonly usage: number,
		readonly size = 256
	) {
		this.bytes = new Uint8Array(size);
	}
	destroy() {
		this.destroyed = true;
	}
	mapAsync = async () => {};
	getMappedRange = () => Float64Array.of(this.value).buffer;
}

interface FakeGroup {
	entries: { binding: number; resource: FakeBuffer | { buffer: FakeBuffer; offset: number } }[];
}

function fakeDevice() {
	const calls = { groups: 0, submits: 0 };
	const encoder = () => {
		const work: (() => void)[] = [];
		let group: FakeGroup;
		return {
			work,
			clearBuffer: (buffer: FakeBuffer) => void work.push(() => (buffer.value = 0)),
			copyBufferToBuffer: (source: FakeBuffer, _: number, target: FakeBuffer) =>
				void work.push(() => (target.value = source.value)),
			copyBufferToTexture() {},
			beginRenderPass() {},
			beginComputePass: () => ({
				setPipeline() {},
				setBindGroup: (_: number, next: FakeGroup) => void (group = next),
				dispatchWorkgroups: () => {
					const [input, output, uniform] = group.entries.map(({ resource }) =>
						resource instanceof FakeBuffer ? { buffer: resource, offset: 0 } : resource
					);
					// Each dispatch is submitted before the next uniforms are written, so this is soon enough.
					const added = uniform!.buffer.bytes[uniform!.offset]!;
					work.push(() => {
						const [from, to] = [input!.buffer, output!.buffer];
						if (from.destroyed || to.destroyed) throw new Error('used after destroy');
						to.value = from.value + added;
					});
				},
				dispatchWorkgroupsIndirect() {},
				end() {}
			}),
			finish: () => work
		};
	};
	const device = {
		createBuffer: ({ usage, size }: { usage: number; size: number }) => new FakeBuffer(usage, size),
		createBindGroup: (descriptor: FakeGroup) => {
			calls.groups++;
			return { entries: descriptor.entries };
		},
		createCommandEncoder: encoder,
		queue: {
			writeBuffer: (buffer: FakeBuffer, _offset: number, data: Uint8Array) =>
				buffer.bytes.set(data),
			submit: (lists: (() => void)[][]) => {
				calls.submits++;
				for (const step of lists.flat()) step();
			}
		}
	};
	return { device: device as unknown as GPUDevice, calls };
}

/** A session's stand-in: logits = x + 7, with new buffers each run and the last run's destroyed. */
class FakeOrt implements Executor {
	runs = 0;
	/** Called in the middle of a run. */
	disturb = () => {};
	readonly made: FakeBuffer[] = [];
	readonly #uniform = new FakeBuffer(GPUBufferUsage.UNIFORM);
	#old: FakeBuffer[] = [];

	constructor(private readonly device: GPUDevice) {}

	async run({ x }: GraphInputs, _shape: PassShape, commands: Commands) {
		this.runs++;
		commands.submit();
		for (const buffer of this.#old) buffer.destroy();
		const [logits, fresh] = [new FakeBuffer(0), new FakeBuffer(0)];
		this.made.push(logits, fresh);
		this.#old = [logits, fresh];
		for (const [output, add] of [
			[logits, 7],
			[fresh, 1]
		] as const) {
			const encoder = this.device.createCommandEncoder();
			this.device.queue.writeBuffer(this.#uniform as never, 0, Uint8Array.of(add));
			const pass = encoder.beginComputePass();
			pass.setPipeline({} as never);
			pass.setBindGroup(
				0,
				this.device.createBindGroup({
					layout: {},
					entries: [x, output, this.#uniform].map((resource, binding) => ({ binding, resource }))
				} as never)
			);
			pass.dispatchWorkgroups(1);
			pass.end();
			this.device.queue.submit([encoder.finish()]);
		}
		this.disturb();
		return { logits: logits as never, fresh: [fresh as never] };
	}

	forget() {}
	async dispose() {}
}

const shape: PassShape = { q: 1, r: 1, columns: 256 };

function inputs(): GraphInputs & { x: GPUBuffer } {
	const buffer = () => new FakeBuffer(0) as unknown as GPUBuffer;
	return {
		x: buffer(),
		pos: buffer(),
		bias: buffer(),
		rows: buffer(),
		past: [buffer()],
		shown: 0,
		chain: 0
	};
}

function setUp(kept?: number) {
	const { device, calls } = fakeDevice();
	const tape = Tape.install(device);
	const ort = new FakeOrt(device);
	const off = vi.fn();
	const executor = new ReplayExecutor(device, tape, ort, { logits: 4, keys: 4 }, off, kept);
	const commands = new Commands(device);
	/** Runs with x = value and returns the logits. */
	const run = async (feeds: GraphInputs, value: number, as: PassShape = shape) => {
		(feeds.x as unknown as FakeBuffer).value = value;
		const { logits } = await executor.run(feeds, as, commands);
		commands.submit();
		return (logits as unknown as FakeBuffer).value;
	};
	return { executor, ort, off, calls, run };
}

beforeEach(() => {
	vi.stubGlobal('GPUBuffer', FakeBuffer);
	vi.stubGlobal('GPUBufferUsage', { UNIFORM: 1, COPY_DST: 2, MAP_READ: 4 });
	vi.stubGlobal('GPUMapMode', { READ: 1 });
	return () => void vi.unstubAllGlobals();
});

test('the first pass is plain, the second is recorded, later ones are repeated', async () => {
	const { ort, run, calls, executor } = setUp();
	const feeds = inputs();
	expect(await run(feeds, 1)).toBe(8);
	expect(executor.size).toBe(0);
	expect(await run(feeds, 2)).toBe(9);
	expect(executor.size).toBe(1);
	const { groups, submits } = calls;
	expect(await run(feeds, 30)).toBe(37);
	expect(await run(feeds, 40)).toBe(47);
	expect(ort.runs).toBe(2);
	// A repeated pass creates nothing and is one submission.
	expect(calls).toEqual({ groups, submits: submits + 2 });
});

test('what the session destroys within the recorded run itself lives as long', async () => {
	const { ort, run, executor, off } = setUp();
	const feeds = inputs();
	await run(feeds, 1);
	ort.disturb = () => ort.made.at(-1)!.destroy();
	await run(feeds, 2);
	expect(await run(feeds, 30)).toBe(37);
	expect(ort.runs).toBe(2);
	expect(off).not.toHaveBeenCalled();
	expect(ort.made.at(-1)!.destroyed).toBe(false);
	await executor.dispose();
	expect(ort.made.at(-1)!.destroyed).toBe(true);
});

test('other buffers make a recording invalid, and a new one is made', async () => {
	const { ort, run, executor } = setUp();
	const feeds = inputs();
	for (let i = 0; i < 3; i++) await run(feeds, i);
	// The cache grew: its buffers are others.
	const grown = { ...feeds, past: inputs().past };
	expect(await run(grown, 5)).toBe(12);
	expect(ort.runs).toBe(3);
	expect(await run(grown, 6)).toBe(13);
	expect(ort.runs).toBe(3);
	expect(executor.size).toBe(1);
});

test('forgotten buffers take their recordings with them', async () => {
	const { run, executor } = setUp();
	const [one, other] = [inputs(), inputs()];
	for (let i = 0; i < 3; i++) {
		await run(one, i);
		await run(other, i, { ...shape, q: 2 });
	}
	expect(executor.size).toBe(2);
	executor.forget([one.bias]);
	expect(executor.size).toBe(1);
	expect(await run(other, 5, { ...shape, q: 2 })).toBe(12);
});

test('recordings are limited in number, the least recently used goes', async () => {
	const { ort, run, executor } = setUp(2);
	const feeds = [1, 2, 3].map((q) => ({ feeds: inputs(), as: { ...shape, q } }));
	for (const { feeds: one, as } of feeds.slice(0, 2)) {
		for (let i = 0; i < 3; i++) await run(one, i, as);
	}
	await run(feeds[0]!.feeds, 1, feeds[0]!.as);
	for (let i = 0; i < 2; i++) await run(feeds[2]!.feeds, i, feeds[2]!.as);
	expect(executor.size).toBe(2);
	const { runs } = ort;
	await run(feeds[0]!.feeds, 1, feeds[0]!.as);
	expect(ort.runs).toBe(runs);
	await run(feeds[1]!.feeds, 1, feeds[1]!.as);
	expect(ort.runs).toBe(runs + 1);
});

test('a run that uploads between its kernels cannot be repeated', async () => {
	const { ort, run, off, executor } = setUp();
	const feeds = inputs();
	await run(feeds, 1);
	const { device } = ort as unknown as { device: GPUDevice };
	ort.disturb = () => device.queue.writeBuffer(feeds.pos, 0, Uint8Array.of(1));
	expect(await run(feeds, 2)).toBe(9);
	expect(off).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/uploaded/));
	expect(await run(feeds, 3)).toBe(10);
	expect(executor.size).toBe(0);
	expect(ort.runs).toBe(3);
});

test('a recording that computes something else turns repeating off', async () => {
	const { ort, run, off, executor } = setUp();
	const feeds = inputs();
	await run(feeds, 1);
	// As if a kernel had read a number that the recording does not have.
	ort.disturb = () => ort.made.slice(-2).forEach((buffer) => (buffer.value += 1000));
	expect(await run(feeds, 2)).toBe(1009);
	expect(off).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/not compute the same/));
	expect(executor.size).toBe(0);
	expect(await run(feeds, 3)).toBe(1010);
	expect(ort.runs).toBe(4);
});
