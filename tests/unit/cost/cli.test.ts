import { describe, expect, it } from 'vitest';
import { nearest } from '../../../engine/cost/index.ts';
import { simCommand, UsageError } from '../../../engine/cli/sim-command.ts';

describe('sim', () => {
	it('--json gives the contract, times in ms', () => {
		const out = JSON.parse(
			simCommand({
				gpu: 'h100-sxm',
				model: 'qwen3-8b',
				slots: '72',
				context: '1024',
				batch: '1',
				weights: 'bf16',
				json: true
			})
		);
		for (const name of ['ms', 'memoryMs', 'computeMs', 'launchMs', 'bytes', 'flops', 'intensity']) {
			expect(out[name], name).toBeTypeOf('number');
		}
		expect(out.ms).toBeGreaterThan(7.5);
		expect(out.ms).toBeLessThan(9);
		expect(out.bound).toBe('memory');
		expect(out.fits).toBe(true);
		expect(out.operators.map((o: { operator: string }) => o.operator)).toEqual(
			expect.arrayContaining([
				'norm',
				'qkv',
				'rope',
				'attention',
				'o',
				'gate-up',
				'activation',
				'down',
				'head',
				'sampling'
			])
		);
	});

	it('prints a table for people, and says when something does not fit', () => {
		expect(simCommand({ model: 'qwen3-8b' })).toContain('waits for   memory');
		expect(simCommand({ model: 'llama-3.1-70b' })).toContain('DOES NOT FIT');
	});

	it('--sweep slots prints a CSV whose time never falls', () => {
		const [header, ...rows] = simCommand({ sweep: 'slots' }).trim().split('\n');
		expect(header!.split(',').slice(0, 2)).toEqual(['slots', 'ms']);
		const ms = rows.map((row) => Number(row.split(',')[1]));
		expect(ms.length).toBe(20);
		expect([...ms].sort((a, b) => a - b)).toEqual(ms);
	});

	it.each([
		[{ gpu: 'h100-smx' }, 'h100-sxm'],
		[{ gpu: 'H200' }, 'h200'],
		[{ model: 'qwen3-8' }, 'qwen3-8b'],
		[{ model: 'llama-70b' }, 'llama-3.1-70b'],
		[{ weights: 'bf61' }, 'bf16'],
		[{ slots: 'many' }, "--slots: 'many' is not a whole number"],
		[{ slots: '0' }, 'slots must be'],
		[{ tp: '3' }, 'tp must be']
	])('%o names what is wrong and the nearest', (options, sentence) => {
		expect(() => simCommand(options)).toThrow(sentence);
	});

	it('unknown names are usage errors', () => {
		expect(() => simCommand({ gpu: 'x' })).toThrow(UsageError);
	});

	it('lists and helps', () => {
		expect(simCommand({ list: true })).toContain('h100-sxm');
		expect(simCommand({ help: true })).toContain('--weights');
		expect(simCommand({ claims: true })).toContain('42 ms');
	});
});

describe('nearest(typed, names)', () => {
	it('prefers names that contain what was typed, then few edits', () => {
		expect(nearest('a100', ['h100-sxm', 'a100-80', 'l4'], 1)).toEqual(['a100-80']);
		expect(nearest('h20', ['b200', 'h200'], 1)).toEqual(['h200']);
	});
});
