import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExternalData, join, transform } from '../../../engine/runtime/assemble.ts';
import { Embedding } from '../../../engine/runtime/embedding.ts';
import { fromHalf, toHalf } from '../../../engine/runtime/half.ts';
import type { RecipeStep } from '../../../engine/runtime/manifest.ts';

const float = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer);
const half = (...values: number[]) => new Uint8Array(toHalf(Float32Array.from(values)).buffer);

describe('half precision', () => {
	test('known bit patterns', () => {
		const known = [0, 1, -2, 65504, 2 ** -14, 2 ** -24, -(2 ** -24), Infinity, 0.333251953125];
		const bits = [0, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8001, 0x7c00, 0x3555];
		expect([...toHalf(Float32Array.from(known))]).toEqual(bits);
		expect([...fromHalf(Uint16Array.from(bits))]).toEqual(known);
		expect(fromHalf(Uint16Array.of(0x7e00))[0]).toBeNaN();
		expect([...toHalf(Float32Array.of(65519, 65520, NaN))]).toEqual([0x7bff, 0x7c00, 0x7e00]);
	});

	test('every pattern survives the way there and back', () => {
		const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
		const back = toHalf(fromHalf(all));
		for (let bits = 0; bits < 65536; bits++) {
			const nan = (bits & 0x7c00) === 0x7c00 && (bits & 1023) !== 0;
			if (!nan && back[bits] !== bits) expect(back[bits]).toBe(bits);
		}
	});

	test('rounds to the nearest, ties to even', () => {
		const finite = fc.float({ min: -65504, max: 65504, noNaN: true });
		fc.assert(
			fc.property(finite, (value) => {
				const bits = toHalf(Float32Array.of(value))[0]!;
				const got = fromHalf(Uint16Array.of(bits))[0]!;
				const near = [bits - 1, bits + 1].filter((b) => b >= 0 && ((b ^ bits) & 0x8000) === 0);
				for (const other of fromHalf(Uint16Array.from(near))) {
					if (!Number.isFinite(other)) continue;
					const [mine, theirs] = [Math.abs(got - value), Math.abs(other - value)];
					expect(mine < theirs || (mine === theirs && bits % 2 === 0)).toBe(true);
				}
			})
		);
	});
});

describe('transforms', () => {
	test('copy shares the blob', () => {
		const blob = Uint8Array.of(1, 2, 3, 4, 5);
		const step: RecipeStep = { name: 'a', transform: 'copy', from: [1, 3], to: [0, 3] };
		expect([...transform(step, blob)]).toEqual([2, 3, 4]);
		expect(transform(step, blob).buffer).toBe(blob.buffer);
	});

	test('copy fills a longer range with zeros', () => {
		const step: RecipeStep = { name: 'a', transform: 'copy', from: [1, 3], to: [0, 6] };
		expect([...transform(step, Uint8Array.of(9, 1, 2, 3, 9))]).toEqual([1, 2, 3, 0, 0, 0]);
	});

	test('f16-to-f32', () => {
		const step: RecipeStep = { name: 'a', transform: 'f16-to-f32', from: [0, 6], to: [0, 12] };
		expect([...float(transform(step, half(0.5, -3, 0)))]).toEqual([0.5, -3, 0]);
	});

	test('q4-dequantise-transpose: the lower half of a byte first, zero at 8, a scale for each 32', () => {
		// Two rows of 64: row i, column j holds the nibble (i + j) mod 16.
		const nibble = (i: number, j: number) => (i + j) % 16;
		const packed = Uint8Array.from({ length: 64 }, (_, at) => {
			const [i, j] = [at >> 5, (at & 31) * 2];
			return nibble(i, j) | (nibble(i, j + 1) << 4);
		});
		const scale = [1, 0.5, -2, 0.25];
		const blob = join([packed, half(...scale)]);
		const step: RecipeStep = {
			name: 'a',
			transform: 'q4-dequantise-transpose',
			from: [0, 64],
			scales: [64, 8],
			shape: [2, 64],
			to: [0, 512]
		};
		const wanted = Array.from({ length: 128 }, (_, at) => {
			const [j, i] = [at >> 1, at & 1];
			return (nibble(i, j) - 8) * scale[i * 2 + (j >> 5)]!;
		});
		expect([...float(transform(step, blob))]).toEqual(wanted);
	});

	test('q8-dequantise-transpose: zero at 128', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3 }), (n, blocks) => {
				const k = 32 * blocks;
				const values = Uint8Array.from({ length: n * k }, (_, at) => (at * 37) & 255);
				const scale = Array.from({ length: n * blocks }, (_, at) => (at % 7) / 8 - 0.25);
				const step: RecipeStep = {
					name: 'a',
					transform: 'q8-dequantise-transpose',
					from: [0, n * k],
					scales: [n * k, n * blocks * 2],
					shape: [n, k],
					to: [0, n * k * 4]
				};
				const wanted = Array.from({ length: n * k }, (_, at) => {
					const [j, i] = [Math.floor(at / n), at % n];
					return (values[i * k + j]! - 128) * scale[i * blocks + (j >> 5)]!;
				});
				const got = float(transform(step, join([values, half(...scale)])));
				// -0 and 0 are the same weight.
				expect([...got].map((x) => x + 0)).toEqual(wanted.map((x) => x + 0));
			}),
			{ numRuns: 25 }
		);
	});

	test('a range that does not fit is refused in a sentence', () => {
		const step: RecipeStep = { name: 'layer', transform: 'copy', from: [2, 9], to: [0, 9] };
		expect(() => transform(step, new Uint8Array(8))).toThrow(/up to byte 11.*which have 8/);
		const wrong: RecipeStep = { name: 'layer', transform: 'copy', from: [0, 4], to: [0, 3] };
		expect(() => transform(wrong, new Uint8Array(8))).toThrow(
			/layer: copy makes 4 bytes, not the 3/
		);
	});
});

describe('external data', () => {
	const blob = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
	const data = new ExternalData(
		{
			file: 'x.data',
			bytes: 128,
			recipe: [
				{ name: 'b', transform: 'copy', from: [4, 4], to: [64, 4] },
				{ name: 'a', transform: 'copy', from: [0, 2], to: [0, 2] }
			]
		},
		blob
	);

	test('has the length of the file and makes a tensor when it is asked for', () => {
		expect(data).toBeInstanceOf(Uint8Array);
		expect(data.byteLength).toBe(128);
		expect(data.buffer.byteLength).toBe(0);
		expect([...data.subarray(64, 68)]).toEqual([5, 6, 7, 8]);
		expect([...data.subarray(0, 2)]).toEqual([1, 2]);
	});

	test('knows nothing but whole tensors', () => {
		expect(() => data.subarray(0, 3)).toThrow(/do not belong together/);
		expect(() => data.subarray(32, 34)).toThrow(/bytes 32 to 34/);
	});
});

test('embedding: rows of the tied table', () => {
	const width = 64;
	const values = Uint8Array.from({ length: 3 * width }, (_, at) => (at * 5) & 255);
	const scales = [0.5, 1, -0.25, 2, 0.125, 4];
	const table = new Embedding(values, toHalf(Float32Array.from(scales)), width);
	const row = (token: number) =>
		Array.from(
			{ length: width },
			(_, i) => (values[token * width + i]! - 128) * scales[token * 2 + (i >> 5)]! + 0
		);
	expect([...table.rows([2, 0, 2])].map((x) => x + 0)).toEqual([...row(2), ...row(0), ...row(2)]);
});
