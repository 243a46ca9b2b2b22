import { expect, test } from 'vitest';
import { TOP, type Prediction } from '../../../engine/decode/index.ts';
import { growTree, type Tree } from '../../../engine/decode/growTree.ts';
import { layout, slotsOfBlock, visible } from '../../../engine/mask/index.ts';
import { HEAD, type Followed } from '../../../engine/runtime/ahead/course.ts';
import { TreeCourse } from '../../../engine/runtime/ahead/tree.ts';
import { openDevice } from '../../../engine/runtime/device.ts';
import { prediction } from '../../../engine/runtime/top.ts';
import { TOP_WORDS } from '../../../engine/runtime/topKernel.ts';

/** Pairs of words a slot has in `positions`. */
const STRIDE = 5;
const COLUMNS = 40;

/** Numbers from 0 to 1, the same in every run. */
function numbers(seed: number): () => number {
	let state = seed + 1;
	return () => {
		state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff;
		return state / 0x7fffffff;
	};
}

/** What TopKernel writes for a row, and the prediction made of it. */
interface Row {
	readonly words: Uint32Array;
	readonly said: Prediction;
}

/** Whether a probability is rounded alike where it is computed a little differently. */
const clear = (p: number) => {
	const digits = p * 10 ** (4 - Math.ceil(Math.log10(p)));
	return Math.abs(digits - Math.floor(digits) - 0.5) > 0.02;
};

/** A row: a sure one, or one of many candidates. Its first token is `first` where that is given. */
function rowOf(random: () => number, first?: number): Row {
	for (;;) {
		const sharp = random() * 6;
		const logits = Float32Array.from({ length: TOP }, (_, i) => 3 - sharp * i * random())
			.sort()
			.reverse();
		const rest = random() ** 3 * 40;
		const sum = Math.fround(
			logits.reduce((all, one) => all + Math.exp(one - logits[0]!), 0) + rest
		);
		const tokens = Array.from(
			{ length: TOP },
			(_, i) => 1000 * (1 + i) + Math.floor(random() * 999)
		);
		if (first !== undefined) tokens[0] = first;
		const exact = Array.from(logits, (logit) => Math.exp(logit - logits[0]!) / sum);
		if (!exact.every(clear)) continue;
		const words = new Uint32Array(TOP_WORDS);
		const floats = new Float32Array(words.buffer);
		words.set(tokens);
		floats.set(logits, TOP);
		floats.set([logits[0]!, sum], 2 * TOP);
		const logSumExp = logits[0]! + Math.log(sum);
		return { words, said: prediction({ tokens, logits: [...logits], logSumExp }) };
	}
}

/** A pass over a tree, what it says, and what `tidarTree` makes of that. */
function caseOf(seed: number, slots: number, k: number) {
	const random = numbers(seed);
	const guesses = Array.from({ length: seed % 7 === 0 ? 0 : k }, () => rowOf(random).said);
	const tree = growTree(7, guesses, { budget: slots, k, room: 999 });
	const plan = layout(tree.spec);
	const q = plan.slots.length;
	const start = 3 + Math.floor(random() * 9);
	// Drafts are right now and then: a node says the token of one of its children.
	const rows = Array.from({ length: q }, (_, slot) => {
		const children = tree.spec.parents.flatMap((parent, i) => (parent === slot + 1 ? [i] : []));
		const child = children[Math.floor(random() * (children.length + 0.3))];
		return rowOf(random, child === undefined ? undefined : tree.tokens[child]);
	});
	const path = [0];
	let root: number;
	for (;;) {
		root = rows[path.at(-1)!]!.said.tokens[0]!;
		const right = tree.spec.parents.findIndex(
			(parent, i) => parent === path.at(-1)! + 1 && tree.tokens[i] === root
		);
		if (right < 0) break;
		path.push(right);
	}
	const next = growTree(
		root,
		slotsOfBlock(plan, path.at(-1)! + 1).map((slot) => rows[slot]!.said),
		{ budget: slots, k, room: 999 }
	);
	const followed = (of: Tree, at: number): Followed => ({
		spec: of.spec,
		tokens: [
			...of.tokens,
			...Array<number>(layout(of.spec).slots.length - of.tokens.length).fill(1)
		],
		start: at,
		grows: { slots, k }
	});
	return { rows, path, before: followed(tree, start), after: followed(next, start + path.length) };
}

test('the device grows the very tree that the decoder grows, with its positions and its mask', async () => {
	const { device } = await openDevice();
	const deepest: number[] = [];
	for (const [slots, k] of [
		[12, 2],
		[72, 8],
		[65, 4]
	] as const) {
		const course = new TreeCourse({ slots, k });
		const code = course.advance(TOP_WORDS, STRIDE);
		const module = device.createShaderModule({ code });
		const { messages } = await module.getCompilationInfo();
		expect(messages.map(({ message }) => message)).toEqual([]);
		const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
		const buffer = (words: number) =>
			device.createBuffer({
				size: words * 4,
				usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
			});
		const sizes = [
			course.words,
			slots * TOP_WORDS,
			course.words,
			4,
			4 + k,
			slots * STRIDE * 2,
			slots * (COLUMNS + slots)
		];
		const buffers = sizes.map(buffer);
		const [before, top, after, uniforms, plan, positions, mask] = buffers as [
			GPUBuffer,
			GPUBuffer,
			GPUBuffer,
			GPUBuffer,
			GPUBuffer,
			GPUBuffer,
			GPUBuffer
		];
		const group = device.createBindGroup({
			layout: pipeline.getBindGroupLayout(0),
			entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
		});
		const read = [after, uniforms, plan, positions, mask];
		for (let seed = 0; seed < 40; seed++) {
			const { rows, path, before: was, after: next } = caseOf(seed, slots, k);
			device.queue.writeBuffer(before, 0, course.record(was) as Uint32Array<ArrayBuffer>);
			rows.forEach(({ words }, i) =>
				device.queue.writeBuffer(top, i * TOP_WORDS * 4, words as Uint32Array<ArrayBuffer>)
			);
			device.queue.writeBuffer(uniforms, 0, Uint32Array.of(1, 1, COLUMNS, 0));
			const encoder = device.createCommandEncoder();
			const pass = encoder.beginComputePass();
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, group);
			pass.dispatchWorkgroups(1);
			pass.end();
			const total = read.reduce((sum, { size }) => sum + size, 0);
			const staging = device.createBuffer({
				size: total,
				usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
			});
			let at = 0;
			for (const one of read) {
				encoder.copyBufferToBuffer(one, 0, staging, at, one.size);
				at += one.size;
			}
			device.queue.submit([encoder.finish()]);
			await staging.mapAsync(GPUMapMode.READ);
			const bytes = staging.getMappedRange().slice(0);
			staging.destroy();
			at = 0;
			const [record, counts, commit, places, hidden] = read.map(({ size }) => {
				const part = bytes.slice(at, (at += size));
				return new Uint32Array(part);
			}) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];

			const what = `${slots} slots, blocks of ${k}, case ${seed}`;
			const kept = { slots: path, at: was.start };
			expect(course.holds(record, next, kept), what).toBe(true);
			// And holds nothing else.
			expect(course.holds(record, { ...next, start: next.start + 1 }, kept), what).toBe(false);
			expect(course.holds(record, next, { ...kept, slots: [...path, 1] }), what).toBe(false);
			const spec = { ...next.spec, parents: [...next.spec.parents, 1] };
			expect(course.holds(record, { ...next, spec }, kept), what).toBe(false);

			const layoutNow = layout(next.spec);
			const q = layoutNow.slots.length;
			expect([...counts], what).toEqual([q, q, COLUMNS, next.start]);
			expect([...commit.subarray(0, 2), ...commit.subarray(4, 4 + path.length)], what).toEqual([
				was.start,
				path.length,
				...path
			]);
			expect(record[HEAD]).toBe(0);
			layoutNow.slots.forEach(({ offset }, slot) =>
				expect(places[slot * STRIDE * 2], what).toBe(next.start + offset)
			);
			const shown = new Float32Array(hidden.buffer);
			visible(layoutNow).forEach((seen, slot) => {
				const row = shown.subarray(slot * (COLUMNS + q) + COLUMNS, (slot + 1) * (COLUMNS + q));
				expect(
					[...row.entries()].filter(([, value]) => value === 0).map(([i]) => i),
					what
				).toEqual(seen);
			});
			deepest.push(path.length);
		}
	}
	// Paths of all kinds were walked.
	expect(Math.max(...deepest)).toBeGreaterThan(3);
	expect(Math.min(...deepest)).toBe(1);
	device.destroy();
});
