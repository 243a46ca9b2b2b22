/** npm run --silent sim -- --gpu h100-sxm --model qwen3-8b --slots 72 */
import { parseArgs } from 'node:util';
import { simCommand, UsageError } from './sim-command.ts';

try {
	process.stdout.write(simCommand(parse()));
} catch (error) {
	if (!(error instanceof UsageError) && !(error instanceof RangeError)) throw error;
	process.stderr.write(`${error.message}\n`);
	process.exitCode = 2;
}

function parse() {
	const text = { type: 'string' } as const;
	const flag = { type: 'boolean' } as const;
	try {
		return parseArgs({
			allowPositionals: false,
			options: {
				gpu: text,
				model: text,
				slots: text,
				context: text,
				batch: text,
				weights: text,
				kv: text,
				tp: text,
				kernels: text,
				launch: text,
				phase: text,
				sweep: text,
				serve: flag,
				users: text,
				rate: text,
				prompt: text,
				answer: text,
				'first-token': text,
				'per-token': text,
				json: flag,
				list: flag,
				claims: flag,
				help: flag
			}
		}).values;
	} catch (error) {
		throw new UsageError(`${(error as Error).message} See --help.`);
	}
}
