import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../../engine/cli/arguments.ts';
import { traceCommand } from '../../../engine/cli/trace-command.ts';
import { parseTrace, perfettoJson } from '../../../engine/timeline/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('writes a trace that reads back as the same run', () => {
	const { text, told } = traceCommand({ decoder: 'ar,tidar', steps: '2', model: 'smollm2-135m' });
	const parsed = parseTrace(text);
	if (!parsed.ok) throw new Error(parsed.problem.kind);
	expect(parsed.runs.map(({ timeline }) => timeline.passes.length)).toEqual([2, 2]);
	expect(told).toContain('2 passes, 2 tokens');
	expect(parseTrace(perfettoJson(parsed.runs)).ok).toBe(true);
});

test('accepted lengths of a recorded session', () => {
	const session = 'static/sessions/gravity.json';
	const { text } = traceCommand({ session, steps: '4', model: 'smollm2-135m' });
	const parsed = parseTrace(text);
	if (!parsed.ok) throw new Error(parsed.problem.kind);
	const { steps } = JSON.parse(readFileSync(session, 'utf8'));
	const emitted = steps.slice(1, 5).map((step: { emitted: number[] }) => step.emitted.length);
	expect(parsed.runs[0]!.timeline.passes.map(({ tokens }) => tokens)).toEqual(emitted);
});

describe('wrong arguments are told in a sentence', () => {
	test.each([
		[{ gpu: 'h100' }, "--gpu: 'h100' is unknown. Did you mean h100-sxm"],
		[{ model: 'qwen' }, '--model'],
		[{ decoder: 'ar,gpt' }, "--decoder: 'gpt' is unknown"],
		[{ steps: '0' }, "--steps: '0' must be a whole number from 1 to 1000"],
		[{ rate: '1.5' }, '--rate'],
		[{ tp: '3' }, '--tp'],
		[{ gpu: 'apple-m3', tp: '2' }, 'no published link'],
		[{ session: 'nowhere.json' }, "--session: 'nowhere.json' cannot be read"],
		[{ session: 'package.json' }, 'holds no decoded steps'],
		[{ model: 'smollm2-135m', decoder: 'speculative' }, 'Choose EAGLE-3']
	])('%o', (options, sentence) => {
		expect(() => traceCommand(options)).toThrow(UsageError);
		expect(() => traceCommand(options)).toThrow(sentence);
	});
});

test('as a command: a file, and exit code 2 where it cannot be', () => {
	const run = (...args: string[]) =>
		spawnSync('npx', ['tsx', 'engine/cli/trace.ts', ...args], { encoding: 'utf8' });
	const out = join(folder, 'run.json');
	const small = ['--model', 'smollm2-135m', '--steps', '1'];
	execFileSync('npx', ['tsx', 'engine/cli/trace.ts', ...small, '--out', out], { stdio: 'ignore' });
	expect(JSON.parse(readFileSync(out, 'utf8')).traceEvents.length).toBeGreaterThan(100);
	const wrong = run(...small, '--out', join(folder, 'no', 'such', 'folder.json'));
	expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('cannot be written')]);
	expect(run('--bogus').status).toBe(2);
});
