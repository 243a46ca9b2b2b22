// npm run bench:gpu: measures the decoder in a browser on this machine's GPU; see --help.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import type { RecordedFile } from '../../engine/cli/recordings.ts';
import { findChromium } from '../setup/chromium.js';
import {
	SECONDS,
	stageNames,
	type BenchReport,
	type Plan,
	type StageName,
	type StageReport
} from './plan.ts';
import { fileNameOf, stagesOf, table } from './report.ts';
import { serve } from './serve.ts';

const HELP = `Measures decoding in a browser on this machine's GPU, prints a table and writes
tests/bench/results/DATE-DEVICE.json.

  npm run bench:gpu -- [options]
    --stages A,B      in this order, of ${stageNames.join(', ')}
                      (default: all, what matters most first)
    --budget SECONDS  after which no stage is begun, and none begins anything new (1800)
    --seconds A=N,B=N what a stage may take (by itself ${stageNames.map((name) => `${name} ${SECONDS[name]}`).join(', ')})
    --steps N         decode steps of each kind (100)
    --prompts N       held-out prompts answered by both decoders (50); 200: short, odd and foreign ones as well
    --max-tokens N    of an answer (96)
    --sweep N         passes of the slots sweep (9); 0 leaves it out
    --profile N       passes measured kernel by kernel (9); 0 leaves it out
    --model FOLDER    (static/models/tidar-smollm2-135m)
    --draft FOLDER    of the model that drafts, for the stage sessions (static/models/intern-17m)
    --record          put what the stage sessions recorded into static/sessions and static/races, and what trees
                      gave a pass into static/measurements
    --machine NAME    for the file name, where the GPU does not name itself well
    --software        on the software GPU: shows that the benchmark runs, measures nothing
    --limit SECONDS   after which the browser is stopped (60 more than the budget)
    --fast WAY        how steps come to the device: auto, ahead, fused, replay or off (auto; with --software ahead)
    --out FILE        what the page reports, line by line, at once (node_modules/.cache/tidar-bench.jsonl);
                      --read prints and stores it, however a run ended
    --no-write        print only
    --pack FOLDER     write everything for a machine without Node or network, and how to run it; no run
    --read FILE       print and write what such a run brought back (report.jsonl)`;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bundle = here('../../node_modules/.cache/tidar-bench');
/** A recording of the model, with which its predictions are compared. */
const session = here('../../static/sessions/gravity.json');

/** Switches with which Chromium gives WebGPU a GPU, and timestamps without rounding. */
const GPU_FLAGS = [
	'--enable-unsafe-webgpu',
	'--enable-features=Vulkan,WebGPU',
	'--enable-webgpu-developer-features',
	'--ignore-gpu-blocklist',
	// Chromium leaves float16 off on NVIDIA's Vulkan driver: let the benchmark see it.
	'--enable-dawn-features=vulkan_enable_f16_on_nvidia',
	// A headless Linux has no surface to draw on, and Chromium finds no GPU there by itself.
	...(process.platform === 'linux' ? ['--use-angle=vulkan', '--disable-vulkan-surface'] : [])
];
const SOFTWARE_FLAGS = [
	'--no-sandbox',
	'--enable-unsafe-webgpu',
	'--enable-features=Vulkan,WebGPU',
	'--use-webgpu-adapter=swiftshader',
	'--use-vulkan=swiftshader',
	'--enable-webgpu-developer-features'
];

const { values: options } = parseOptions();
if (options.help) {
	console.log(HELP);
} else if (options.read) {
	const lines = (await readFile(options.read, 'utf8')).trim().split('\n');
	const [head, ...pieces] = lines.map((line) => JSON.parse(line) as unknown);
	await conclude(pieces as StageReport[], (head as { plan: Plan }).plan);
} else {
	const plan = await makePlan();
	await build({ configFile: here('vite.config.ts') });
	if (options.pack) await pack(options.pack, plan);
	else await conclude(await measure(plan), plan);
}

function parseOptions() {
	try {
		return parseArgs({
			options: {
				help: { type: 'boolean', short: 'h' },
				stages: { type: 'string', default: stageNames.join(',') },
				steps: { type: 'string', default: '100' },
				prompts: { type: 'string', default: '50' },
				'max-tokens': { type: 'string', default: '96' },
				sweep: { type: 'string', default: '9' },
				profile: { type: 'string', default: '9' },
				model: { type: 'string', default: here('../../static/models/tidar-smollm2-135m') },
				draft: { type: 'string', default: here('../../static/models/intern-17m') },
				record: { type: 'boolean', default: false },
				machine: { type: 'string', default: '' },
				software: { type: 'boolean', default: false },
				budget: { type: 'string', default: '1800' },
				seconds: { type: 'string', default: '' },
				limit: { type: 'string' },
				fast: { type: 'string' },
				out: { type: 'string', default: here('../../node_modules/.cache/tidar-bench.jsonl') },
				write: { type: 'boolean', default: true },
				pack: { type: 'string' },
				read: { type: 'string' }
			},
			allowNegative: true
		});
	} catch (error) {
		return refuse((error as Error).message);
	}
}

function refuse(why: string): never {
	console.error(`bench:gpu: ${why}\n\n${HELP}`);
	process.exit(2);
}

function whole(
	name: 'steps' | 'prompts' | 'max-tokens' | 'sweep' | 'profile' | 'budget' | 'limit',
	least = 0,
	otherwise?: number
) {
	const value = Number(options[name] ?? otherwise);
	if (Number.isInteger(value) && value >= least) return value;
	return refuse(`--${name} must be a whole number from ${least}, not '${options[name]}'`);
}

async function makePlan(): Promise<Plan> {
	const stages = options.stages.split(',') as StageName[];
	const known = (name: string): name is StageName => stageNames.includes(name as StageName);
	const unknown = stages.find((name) => !known(name));
	if (unknown !== undefined)
		refuse(`--stages has no '${unknown}'; there are ${stageNames.join(', ')}`);
	const seconds = options.seconds
		.split(',')
		.filter(Boolean)
		.map((pair) => {
			const [name = '', count] = pair.split('=');
			if (known(name) && Number(count) > 0) return [name, Number(count)] as const;
			return refuse(`--seconds: '${pair}' is not STAGE=SECONDS, for example soak=180`);
		});
	const ways: readonly string[] = ['auto', 'ahead', 'fused', 'replay', 'off'];
	// Fused kernels are left out on a software GPU, unless they are asked for.
	const fast = options.fast ?? (options.software ? 'ahead' : 'auto');
	if (!ways.includes(fast)) refuse(`--fast must be one of ${ways.join(', ')}, not '${fast}'`);
	if (!existsSync(join(options.model, 'manifest.json'))) {
		refuse(`--model: ${options.model} has no manifest.json; export the model first`);
	}
	const read = async <T>(file: string) =>
		(JSON.parse(await readFile(here(file), 'utf8')) as { prompts: T[] }).prompts;
	const held = await read<{ text: string }>('../../engine/train/prompts/held-out.json');
	const odd = await read<string>('../fixtures/prompts.json');
	const count = whole('prompts', 1);
	// More than are held out: the 200 of `npm run test:long`.
	const prompts = [...held.map(({ text }) => text), ...(count > held.length ? odd : [])];
	// Evenly over all kinds, which lie one behind the other.
	const chosen = Array.from(
		{ length: Math.min(count, prompts.length) },
		(_, i) => prompts[Math.floor((i * prompts.length) / Math.min(count, prompts.length))]!
	);
	return {
		model: 'model',
		draft: 'draft',
		stages,
		steps: whole('steps', 1),
		prompts: chosen,
		maxTokens: whole('max-tokens', 1),
		sweep: whole('sweep'),
		profile: whole('profile'),
		budget: whole('budget', 1),
		seconds: Object.fromEntries(seconds),
		fast: fast as Plan['fast'],
		texts: [...odd, ...held.map(({ text }) => text)],
		session: 'session.json'
	};
}

/** Serves the page, opens it in a browser, and waits for its reports. */
async function measure(plan: Plan): Promise<StageReport[]> {
	const browser = findChromium();
	if (!browser)
		refuse('no Chromium found; name one in the environment variable CHROMIUM or CHROME_PATH');
	const pieces: StageReport[] = [];
	writeFileSync(options.out, `${JSON.stringify({ plan })}\n`);
	const { port, done, close } = await serve({
		page: bundle,
		session,
		model: options.model,
		draft: options.draft,
		plan,
		onReport: (piece) => {
			pieces.push(piece);
			appendFileSync(options.out, `${JSON.stringify(piece)}\n`);
			console.error(`  ${JSON.stringify(piece).slice(0, 160)}`);
		}
	});
	const profile = await mkdtemp(join(tmpdir(), 'tidar-bench-'));
	const child = spawn(
		browser,
		[
			'--headless=new',
			`--user-data-dir=${profile}`,
			'--no-first-run',
			...(options.software ? SOFTWARE_FLAGS : GPU_FLAGS),
			`http://127.0.0.1:${port}/index.html`
		],
		{ stdio: 'ignore', detached: true }
	);
	const ended = new Promise<never>((_, reject) => {
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`the browser ended with code ${code}`)));
	});
	const limit = whole('limit', 1, plan.budget + 60);
	const timer = new Promise<never>((_, reject) => {
		const late = () => reject(new Error(`not done after ${limit} s`));
		setTimeout(late, limit * 1000).unref();
	});
	try {
		await Promise.race([done, ended, timer]);
	} catch (error) {
		console.error(`bench:gpu: ${(error as Error).message}; what was measured until then follows`);
		process.exitCode = 1;
	} finally {
		if (child.pid && child.exitCode === null) {
			ended.catch(() => {});
			process.kill(-child.pid, 'SIGKILL');
		}
		close();
		await rm(profile, { recursive: true, force: true, maxRetries: 5 });
	}
	return pieces;
}

/** Writes page, plan and runner to a folder; the model goes to FOLDER/model by the user's own hands. */
async function pack(folder: string, plan: Plan): Promise<void> {
	await mkdir(folder, { recursive: true });
	const current = (source: string) => !/asyncify|threaded-[^.]*\.wasm/.test(source);
	await cp(bundle, folder, { recursive: true, filter: current });
	await cp(here('offline/run.py'), join(folder, 'run.py'));
	await cp(session, join(folder, plan.session));
	await writeFile(join(folder, 'plan.json'), JSON.stringify(plan, null, '\t'));
	console.log(`Copy ${options.model} to ${join(folder, 'model')} and, for the stage sessions, ${options.draft} to ${join(folder, 'draft')}; take the folder to the machine, then
  python3 run.py --browser CHROMIUM --out results --limit ${plan.budget + 60} --flags "${GPU_FLAGS.join(' ')}"
and here: npm run bench:gpu -- --read results/report.jsonl --machine NAME`);
}

/** Writes recorded files below static/. */
async function keep(files: readonly RecordedFile[]): Promise<void> {
	for (const { file, text, about } of files) {
		const path = here(`../../static/${file}`);
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, text);
		console.log(about);
	}
}

/** What chain and trees gave a pass, as tests/bench/trees.ts writes it; undefined where not all prompts were answered. */
function yieldsOf(stages: readonly StageReport[], plan: Plan): RecordedFile | undefined {
	const stage = (name: StageName) => stages.find((one) => one.stage === name);
	const trees = stage('trees')?.trees ?? [];
	const chain = stage('fast')?.prompts;
	const { length: prompts } = plan.prompts;
	if (trees.length === 0 || [...trees, chain].some((one) => one?.prompts !== prompts)) return;
	const file = 'measurements/trees.json';
	const k = 8;
	const report = {
		date: new Date().toISOString().slice(0, 10),
		weights: stage('trees')?.device?.['weights'],
		limit: plan.maxTokens,
		prompts,
		ways: [
			{
				decoder: 'tidar',
				slots: k + k * k,
				k,
				tokens: chain!.tidar.tokens,
				passes: chain!.tidar.passes
			},
			...trees.map(({ slots, k, tokens, passes }) => ({
				decoder: 'tidar-tree',
				slots,
				k,
				tokens,
				passes
			}))
		]
	};
	const about = `${file}: tokens a pass of ${trees.length} candidate trees and the chain, ${prompts} prompts`;
	return { file, text: `${JSON.stringify(report, null, '\t')}\n`, about };
}

async function conclude(pieces: StageReport[], plan: Plan): Promise<void> {
	if (pieces.length === 0) throw new Error('bench:gpu: the page reported nothing.');
	const joined = stagesOf(pieces);
	if (options.record) {
		await keep(joined.flatMap(({ files = [] }) => files));
		const yields = yieldsOf(joined, plan);
		if (yields) await keep([yields]);
	}
	// What was recorded is no measurement.
	const stages = joined.map(({ files: _, ...stage }) => stage);
	const agent = String(stages.find(({ device }) => device)?.device?.['userAgent'] ?? '');
	const report: BenchReport = {
		date: new Date().toISOString(),
		browser: /(?:Headless)?Chrom\w*\/[\d.]+/.exec(agent)?.[0] ?? agent,
		machine: options.machine,
		plan,
		stages
	};
	console.log(table(report));
	if (!options.write || options.software) return;
	const file = here(`results/${fileNameOf(report)}`);
	await mkdir(here('results'), { recursive: true });
	await writeFile(file, `${JSON.stringify(report, null, '\t')}\n`);
	console.log(`\nWritten to ${file}`);
}
