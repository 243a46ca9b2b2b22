import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** `npm run decode` without npm: arguments are read before any model is loaded. */
const decode = (...args: string[]) =>
	spawnSync(
		process.execPath,
		['node_modules/tsx/dist/cli.mjs', 'engine/cli/decode.ts', '--prompt', 'Hi', ...args],
		{ encoding: 'utf8' }
	);

test.each([
	[['--decoder', 'eagle3'], /eagle3 needs a trained head/],
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
