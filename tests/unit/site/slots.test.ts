import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { slotYieldsOf, treeYieldsOf } from '../../../src/lib/server/slots.ts';
import { MODEL } from '../../../src/lib/state/model-name.ts';

test('slotYieldsOf(name): by the manifest and by our own loop, the tree beats the chain of as many slots', () => {
	const found = slotYieldsOf(MODEL);
	expect(found.map(({ how }) => how)).toEqual(['teacher', 'loop']);
	for (const { rows } of found) {
		const both = rows.filter(({ chain, tree }) => chain !== undefined && tree !== undefined);
		expect(both.length).toBeGreaterThan(0);
		for (const { chain, tree } of both) expect(tree).toBeGreaterThan(chain!);
	}
	const { prompts, ways } = JSON.parse(readFileSync('static/measurements/trees.json', 'utf8'));
	expect(found[1]!.prompts).toBe(prompts);
	// One text by all ways.
	expect(new Set(ways.map(({ tokens }: { tokens: number }) => tokens)).size).toBe(1);
	expect(slotYieldsOf('no-such-model')).toEqual([]);
});

test('treeYieldsOf(name): the trees of our own loop, with their blocks', () => {
	const { ways } = JSON.parse(readFileSync('static/measurements/trees.json', 'utf8')) as {
		ways: { decoder: string; slots: number; k: number; tokens: number; passes: number }[];
	};
	const wanted = ways.filter(({ decoder }) => decoder === 'tidar-tree');
	expect(wanted.length).toBeGreaterThan(0);
	expect(treeYieldsOf(MODEL)).toEqual(
		wanted.map(({ slots, k, tokens, passes }) => ({ slots, k, tokensPerPass: tokens / passes }))
	);
	expect(treeYieldsOf('no-such-model')).toEqual([]);
});
