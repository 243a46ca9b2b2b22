/** npm run --silent trace -- --gpu h100-sxm --model qwen3-8b --decoder tidar --steps 20 --out file.json */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { command, UsageError } from './arguments.ts';
import { traceCommand, traceOptions } from './trace-command.ts';

await command(async () => {
	let values;
	try {
		({ values } = parseArgs({ allowPositionals: false, options: traceOptions }));
	} catch (error) {
		throw new UsageError(`${(error as Error).message} See --help.`);
	}
	const { text, out, told } = traceCommand(values);
	if (out === undefined) {
		process.stdout.write(text);
		return;
	}
	try {
		writeFileSync(out, text);
	} catch (error) {
		throw new UsageError(`--out: '${out}' cannot be written: ${(error as Error).message}.`);
	}
	process.stderr.write(`${out}: ${told}\n`);
});
