import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STORAGE_BUFFERS } from '../../../engine/runtime/fused/executor.ts';
import { Kernels } from '../../../engine/runtime/fused/kernels.ts';
import { wholeTiles } from '../../../engine/runtime/fused/matmul.ts';
import { kindOf, recipeOf, type FusedShape } from '../../../engine/runtime/fused/recipe.ts';

/** SmolLM2-135M, with fewer layers. */
const model: FusedShape = {
	layers: 3,
	width: 576,
	kvHeads: 3,
	headSize: 64,
	groups: 3,
	ffn: 1536,
	vocabulary: 49152,
	epsilon: 1e-5
};
const slots = fc.integer({ min: 1, max: 600 });
const keysOf = (q: number, r: number) =>
	[...new Set(recipeOf(model, { q, r }).launches.map(({ kernel }) => kernel.key))].sort();

/** What WebGPU promises everywhere. */
const MEMORY = 16384;
const INVOCATIONS = 256;

/** Bytes of workgroup memory that a shader declares. */
function workgroupMemory(code: string): number {
	const sizes = { f32: 4, u32: 4, vec4f: 16 };
	const declared = [...code.matchAll(/var<workgroup> \w+: (?:array<(\w+), (\d+)>|(\w+));/g)];
	return declared.reduce((sum, [, element, count, single]) => {
		const size = sizes[(element ?? single) as keyof typeof sizes];
		return sum + size * Number(count ?? 1);
	}, 0);
}

test('every kernel binds what its shader declares, and no more than a device must have', () => {
	fc.assert(
		fc.property(slots, slots, (q, r) => {
			const { launches, buffers } = recipeOf(model, { q, r });
			const given =
				/^(x|pos|bias|rows|rotary|past \d+|gain \d+|feed gain \d+|.*\.(values|scales))$/;
			const checked = new Set<string>();
			for (const { kernel, buffers: bound, groups } of launches) {
				for (const name of bound) expect(buffers.has(name) || given.test(name), name).toBe(true);
				expect(Math.min(...groups)).toBeGreaterThanOrEqual(1);
				expect(Math.max(...groups)).toBeLessThanOrEqual(65535);
				if (checked.has(kernel.key)) continue;
				checked.add(kernel.key);
				const code = kernel.code();
				const bindings = [...code.matchAll(/@binding\((\d+)\)/g)].map(([, n]) => Number(n));
				expect(bindings, kernel.key).toEqual([0, ...bound.map((_, i) => i + 1)]);
				expect(bound.length).toBeLessThanOrEqual(STORAGE_BUFFERS);
				expect(workgroupMemory(code), kernel.key).toBeLessThanOrEqual(MEMORY);
				const [, threads] = /@workgroup_size\((\d+)\)/.exec(code)!;
				expect(Number(threads)).toBeLessThanOrEqual(INVOCATIONS);
			}
		}),
		{ numRuns: 60 }
	);
});

test('passes of one kind have the same kernels, and others have not', () => {
	fc.assert(
		fc.property(slots, slots, slots, slots, (q, r, q2, r2) => {
			const alike = kindOf({ q, r }, model) === kindOf({ q: q2, r: r2 }, model);
			expect(String(keysOf(q, r)) === String(keysOf(q2, r2))).toBe(alike);
		}),
		{ numRuns: 300 }
	);
});

test('passes that fill as many tiles are launched alike, but for the rows of the last ones', () => {
	fc.assert(
		fc.property(slots, slots, (q, other) => {
			fc.pre(wholeTiles(q) === wholeTiles(other));
			expect(keysOf(q, q)).toEqual(keysOf(other, other));
			const parts = (slots: number) =>
				recipeOf(model, { q: slots, r: 1 }).launches.find(({ kernel }) =>
					kernel.key.startsWith('attention')
				)!.groups[2];
			expect(parts(q)).toBe(parts(other));
		}),
		{ numRuns: 200 }
	);
});

test('a step launches six kernels a layer, a long prompt five, and two besides', () => {
	const count = (q: number) => recipeOf(model, { q, r: 1 }).launches.length;
	expect(count(1)).toBe(2 + 6 * model.layers);
	expect(count(72)).toBe(2 + 6 * model.layers);
	expect(count(600)).toBe(2 + 5 * model.layers);
});

test('a kernel is compiled once, whoever asks first; what a device refuses is heard by whoever needs it', async () => {
	const asked: string[] = [];
	const device = {
		createShaderModule: ({ label, code }: GPUShaderModuleDescriptor) => ({ label, code }),
		createComputePipelineAsync: async ({ label }: GPUComputePipelineDescriptor) => {
			asked.push(label!);
			if (label!.startsWith('gate')) throw new Error('refused');
			return { label };
		}
	};
	const kernels = new Kernels(device as unknown as GPUDevice);
	const shapes = [
		{ q: 1, r: 1 },
		{ q: 72, r: 72 }
	];
	kernels.prepare(model, shapes);
	kernels.prepare(model, shapes);
	const wanted = new Set(shapes.flatMap(({ q, r }) => keysOf(q, r)));
	expect(asked.sort()).toEqual([...wanted].sort());
	for (const { kernel } of recipeOf(model, shapes[0]!).launches.slice(0, 6)) {
		const made = kernels.get(kernel);
		if (kernel.key.startsWith('gate')) await expect(made).rejects.toThrow('refused');
		else expect((await made).label).toBe(kernel.key);
	}
	expect(asked).toHaveLength(wanted.size);
});
