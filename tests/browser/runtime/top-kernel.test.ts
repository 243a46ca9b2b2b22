import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice, type Gpu } from '../../../engine/runtime/device.ts';
import { top } from '../../../engine/runtime/top.ts';
import { readTop, TOP_BYTES, TopKernel } from '../../../engine/runtime/topKernel.ts';
import { random } from '../../../engine/sampler/index.ts';

let gpu: Gpu;
beforeAll(async () => {
	gpu = await openDevice();
});
afterAll(() => gpu.device.destroy());

/** What the kernel says of rows of one length. */
async function onDevice(rows: readonly Float32Array[]) {
	const { device } = gpu;
	const vocabulary = rows[0]!.length;
	const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
	const logits = device.createBuffer({
		size: rows.length * vocabulary * 4,
		usage: STORAGE | COPY_DST
	});
	rows.forEach((row, i) =>
		device.queue.writeBuffer(logits, i * vocabulary * 4, row as Float32Array<ArrayBuffer>)
	);
	const size = rows.length * TOP_BYTES;
	const result = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
	const staging = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
	const kernel = new TopKernel(device, vocabulary);
	const encoder = device.createCommandEncoder();
	const pass = encoder.beginComputePass();
	kernel.encode(pass, logits, result, rows.length);
	pass.end();
	encoder.copyBufferToBuffer(result, 0, staging, 0, size);
	device.queue.submit([encoder.finish()]);
	await staging.mapAsync(GPUMapMode.READ);
	const read = readTop(staging.getMappedRange().slice(0), rows.length);
	for (const buffer of [logits, result, staging]) buffer.destroy();
	kernel.dispose();
	return read;
}

function rowsOf(vocabulary: number, values: (uniform: () => number) => number): Float32Array[] {
	const uniform = random(vocabulary);
	return Array.from({ length: 5 }, () =>
		Float32Array.from({ length: vocabulary }, () => values(uniform))
	);
}

// 49152 is the model's; the others do not divide among the kernel's threads.
test.each([49152, 5000, 257, 6])(
	'the kernel ranks %i logits as the CPU does',
	async (vocabulary) => {
		const rows = rowsOf(vocabulary, (uniform) => 40 * (uniform() + uniform() + uniform() - 1.5));
		const found = await onDevice(rows);
		rows.forEach((row, i) => {
			const wanted = top(row);
			expect(found[i]!.tokens).toEqual(wanted.tokens);
			expect(found[i]!.logits).toEqual(wanted.logits);
			expect(found[i]!.logSumExp).toBeCloseTo(wanted.logSumExp, 4);
		});
	}
);

test('of equal logits the lower id comes first', async () => {
	const few = rowsOf(3000, (uniform) => Math.floor(uniform() * 4));
	const flat = [new Float32Array(3000).fill(-7)];
	for (const rows of [few, flat]) {
		const found = await onDevice(rows);
		expect(found.map(({ tokens }) => tokens)).toEqual(rows.map((row) => top(row).tokens));
	}
	expect((await onDevice(flat))[0]!.tokens).toEqual([0, 1, 2, 3, 4]);
});
