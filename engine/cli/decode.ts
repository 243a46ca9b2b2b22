import { parseArgs } from 'node:util';
import * as v from 'valibot';
import {
	answerOf,
	decoderNames,
	orders,
	settingsSchema,
	tokensPerPass,
	type Session
} from '../decode/index.ts';
import { answer, DRAFT, modelFor, type Request } from './answer.ts';
import { command, UsageError } from './arguments.ts';

const HELP = `Answers a prompt with the model of this project, on WebAssembly in Node.

  npm run --silent decode -- --prompt "What is gravity?" [options]

  --prompt TEXT        what to ask; needed
  --decoder NAME       ${decoderNames.join(' | ')} (tidar);
                       block-diffusion is another name of block
  --max N              tokens of the answer at most, 1 to 2048 (256); llada, dream: the canvas
  --k N                tidar: drafts a step; tidar-tree, block: masks a block; 1 to 16 (8)
  --slots N            tidar-tree: slots of a step at most, candidates and masks, 2 to 512 (72)
  --trust HALF         tidar: ar | diffusion: whose token becomes the first draft (ar)
  --beta X             the same as a weight of the AR half, 0 to 1
  --gamma N            speculative, eagle3, lookup: drafted tokens a round, 1 to 16 (4)
  --draft FOLDER       speculative: the exported model that drafts, with the same vocabulary
                       (static/models/intern-17m)
  --block N            llada: tokens of a semi-autoregressive block (32)
  --per-pass N         llada, dream: tokens unmasked in a pass; block: at least; 1 to 64 (1)
  --order NAME         dream: ${orders.join(' | ')} (entropy)
  --threshold X        block: probability from which masks are filled at once, 0 to 1 (0.9)
  --temperature X      0 is greedy (0)
  --top-p X            draw from the likeliest tokens of this mass (1)
  --seed N             seed of the draws (1)
  --raw                take the prompt as it is, without the chat format
  --threads N          threads of WebAssembly (all cores, at most 8)
  --model FOLDER       an exported model, or what rests on one: a head, an adapter. Where absent: the decoder's
                       own in static/models/companions.json, else static/models/tidar-smollm2-135m
  --json               print the recorded session instead of the text

eagle3, llada and dream use weights trained for them where static/models/companions.json names some. Else llada and
dream run on TiDAR's own, as block always does: TiDAR was trained on blocks of up to 16 masks, all of them empty; a long
or half-filled canvas is new to it, and its masks predict their own place, so dream shows Dream's orders
without its shift. eagle3 cannot do without its head.
`;

/** @throws UsageError in a sentence that names the argument. */
function parse(args: string[]): (Request & { json: boolean }) | 'help' {
	const { values } = options(args);
	if (values.help) return 'help';
	if (values.prompt === undefined)
		throw new UsageError(
			'--prompt is missing: say what to ask, as in --prompt "What is gravity?".'
		);
	if (values.prompt.trim() === '')
		throw new UsageError('--prompt is empty: give at least one character.');
	const trust = values.trust;
	if (trust !== undefined && trust !== 'ar' && trust !== 'diffusion') {
		throw new UsageError(`--trust is "${trust}"; it must be ar or diffusion.`);
	}
	if (trust !== undefined && values.beta !== undefined) {
		throw new UsageError('--trust and --beta say the same thing; give only one of them.');
	}
	if (values.draft !== undefined && values.decoder !== 'speculative') {
		throw new UsageError('--draft is of use to --decoder speculative only; leave it out.');
	}
	const settings = v.safeParse(settingsSchema, {
		decoder: values.decoder === 'block-diffusion' ? 'block' : values.decoder,
		k: number('--k', values.k),
		maxTokens: number('--max', values.max),
		slots: number('--slots', values.slots),
		gamma: number('--gamma', values.gamma),
		block: number('--block', values.block),
		perPass: number('--per-pass', values['per-pass']),
		order: values.order,
		threshold: number('--threshold', values.threshold),
		beta: trust ? Number(trust === 'ar') : number('--beta', values.beta),
		temperature: number('--temperature', values.temperature),
		topP: number('--top-p', values['top-p']),
		seed: number('--seed', values.seed)
	});
	if (!settings.success) {
		const [issue] = settings.issues;
		const name = flags[String(issue.path?.[0]?.key)];
		const given = issue.input === undefined ? '' : `, not ${JSON.stringify(issue.input)}`;
		throw new UsageError(`--${name}: ${issue.message}${given}.`);
	}
	const threads = number('--threads', values.threads);
	if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
		throw new UsageError(`--threads is ${threads}; it must be a whole number from 1 to 64.`);
	}
	return {
		prompt: values.prompt,
		settings: settings.output,
		model: values.model ?? modelFor(settings.output.decoder),
		raw: values.raw ?? false,
		json: values.json ?? false,
		draft: values.decoder === 'speculative' ? (values.draft ?? DRAFT) : undefined,
		threads
	};
}

/** The flag behind each setting. */
const flags: Record<string, string> = {
	decoder: 'decoder',
	k: 'k',
	maxTokens: 'max',
	slots: 'slots',
	beta: 'beta',
	gamma: 'gamma',
	block: 'block',
	perPass: 'per-pass',
	order: 'order',
	threshold: 'threshold',
	temperature: 'temperature',
	topP: 'top-p',
	seed: 'seed'
};

function options(args: string[]) {
	const text = { type: 'string' } as const;
	const flag = { type: 'boolean' } as const;
	try {
		return parseArgs({
			args,
			options: {
				prompt: text,
				decoder: text,
				k: text,
				max: text,
				slots: text,
				trust: text,
				beta: text,
				gamma: text,
				draft: text,
				block: text,
				'per-pass': text,
				order: text,
				threshold: text,
				temperature: text,
				'top-p': text,
				seed: text,
				threads: text,
				model: text,
				raw: flag,
				json: flag,
				help: { type: 'boolean', short: 'h' }
			}
		});
	} catch (error) {
		throw new UsageError(`${(error as Error).message.split('. ')[0]}. --help lists the options.`);
	}
}

function number(name: string, given: string | undefined): number | undefined {
	if (given === undefined) return undefined;
	const value = Number(given);
	if (given.trim() === '' || !Number.isFinite(value))
		throw new UsageError(`${name} is "${given}"; it must be a number.`);
	return value;
}

const endings = {
	'end-token': 'the answer ended by itself',
	'max-tokens': 'cut at --max',
	'cache-full': 'the cache is full',
	stopped: 'stopped'
};

/** The decoder and the setting that matters most to it. */
function dial({ settings }: Session): string {
	const { decoder, k, slots, gamma, block, perPass, order, threshold } = settings;
	const said = {
		ar: '',
		speculative: ` gamma=${gamma}`,
		eagle3: ` gamma=${gamma}`,
		lookup: ` gamma=${gamma}`,
		llada: ` block=${block} per-pass=${perPass}`,
		dream: ` order=${order} per-pass=${perPass}`,
		block: ` k=${k} threshold=${threshold}`,
		tidar: ` k=${k}`,
		'tidar-tree': ` slots=${slots} k=${k}`
	};
	return `${decoder}${said[decoder]}`;
}

/** One line: how many tokens, passes, tokens a pass, and how fast. */
function summary(recorded: Session): string {
	const decoding = recorded.steps.filter(({ kind }) => kind === 'decode');
	const decoded = decoding.filter(({ by }) => by !== 'draft');
	const tokens = answerOf(recorded).length;
	const ms = decoding.reduce((sum, { times }) => sum + times.total, 0);
	return (
		`${dial(recorded)}: ${tokens} tokens in ${decoded.length} passes, ` +
		`${tokensPerPass(recorded.steps).toPrecision(3)} tokens a pass, ${((1000 * tokens) / ms).toPrecision(3)} tokens/s, ` +
		`${(ms / decoded.length).toPrecision(3)} ms a pass${decoding.length > decoded.length ? ` with ${decoding.length - decoded.length} passes of the drafter` : ''}; ${endings[recorded.ending]}`
	);
}

await command(async () => {
	const request = parse(process.argv.slice(2));
	if (request === 'help') return void process.stdout.write(HELP);
	if (request.json) {
		const recorded = await answer(request);
		process.stdout.write(`${JSON.stringify(recorded)}\n`);
	} else {
		const recorded = await answer(request, (text) => process.stdout.write(text));
		process.stdout.write(`\n\n${summary(recorded)}\n`);
	}
});
