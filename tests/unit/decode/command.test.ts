import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Session } from '../../../engine/decode/index.ts';
import { parseCompanions } from '../../../engine/runtime/companions.ts';

/** `npm run decode` without npm: no more is loaded than a tiny model. */
const decode = (...args: string[]) =>
	spawnSync(
		process.execPath,
		['node_modules/tsx/dist/cli.mjs', 'engine/cli/decode.ts', '--prompt', 'Hi', ...args],
		{ encoding: 'utf8' }
	);

test.each([
	[['--decoder', 'eagle3', '--model', 'tests/fixtures/tiny-model'], /eagle3 needs a trained head/],
	[['--decoder', 'dream', '--model', 'no/such'], /--model: there is no exported model in no\/such/],
	[['--decoder', 'block-diffusion', '--k', '99'], /--k: k must be .* from 1 to 16, not 99/],
	[['--decoder', 'tidar-tree', '--slots', '1'], /--slots: slots must be .* from 2 to 512, not 1/],
	[['--decoder', 'nonsense'], /--decoder: decoder must be one of ar, speculative/],
	[['--decoder', 'tidar', '--draft', 'x'], /--draft is of use to --decoder speculative only/]
])('%j: one sentence, exit code 2', (args, sentence) => {
	const { status, stderr, stdout } = decode(...args);
	expect(status).toBe(2);
	expect(stdout).toBe('');
	expect(stderr.trim()).toMatch(sentence);
	expect(stderr.trim().split('\n')).toHaveLength(1);
});

const beside = (name: string) => ['--model', `tests/fixtures/beside/${name}`, '--max', '6'];

test('a decoder that nobody trained a head for says so; with a head it answers', () => {
	const { eagle3 } = parseCompanions(readFileSync('static/models/companions.json', 'utf8'));
	if (eagle3 === null)
		expect(decode('--decoder', 'eagle3').stderr).toMatch(/static\/models has none/);
	const { status, stdout } = decode('--decoder', 'eagle3', '--raw', '--json', ...beside('head'));
	expect(status).toBe(0);
	const { model, steps } = JSON.parse(stdout) as Session;
	expect(model).toEqual({ name: 'head', weights: '2'.repeat(64) });
	expect(steps.some(({ by }) => by === 'draft')).toBe(true);
});

test.each(['llada', 'dream'])('%s on weights of its own', (decoder) => {
	const { status, stdout } = decode('--decoder', decoder, '--raw', ...beside('adapter'));
	expect(status).toBe(0);
	expect(stdout).toMatch(new RegExp(`^${decoder} .*: \\d tokens in \\d passes`, 'm'));
});
