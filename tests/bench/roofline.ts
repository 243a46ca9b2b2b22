import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { findDevice } from '../../engine/hardware/index.ts';
import { cutFor } from '../../engine/runtime/fused/attention.ts';
import { tileRows } from '../../engine/runtime/fused/matmul.ts';
import { recipeOf, type FusedShape, type Launch } from '../../engine/runtime/fused/recipe.ts';
import { fusedShapeOf } from '../../engine/runtime/fastest.ts';
import type { Manifest } from '../../engine/runtime/manifest.ts';
import type { BenchReport, KernelTime } from './plan.ts';

const HELP = `What the fused kernels of a decode step move, compute and launch, kernel by kernel, and the least time
that a GPU needs for it. No GPU is asked.

  npx tsx tests/bench/roofline.ts [options]
    --gpu ID          (h100-sxm)
    --slots A,B       (1,72)
    --columns A,B     cache columns shown (200,1000)
    --launch US       microseconds that a launch takes before it does anything (6)
    --report FILE     puts measured times beside, from a result of bench:gpu
    --model FOLDER    (static/models/tidar-smollm2-135m)

memory: bytes that come from memory once, at the GPU's measured bandwidth. cache: bytes that workgroups ask the
caches for. filled: workgroups over processors; below 1 some idle. compute: float32 operations at the datasheet's
rate, on the processors that have a workgroup; unpacking of weights counts two for each weight and tile.`;

const { values: options } = parseArgs({
	options: {
		help: { type: 'boolean', short: 'h' },
		gpu: { type: 'string', default: 'h100-sxm' },
		slots: { type: 'string', default: '1,72' },
		columns: { type: 'string', default: '200,1000' },
		launch: { type: 'string', default: '6' },
		report: { type: 'string' },
		model: { type: 'string', default: 'static/models/tidar-smollm2-135m' }
	}
});

/** What one launch does. */
interface Work {
	/** Bytes from memory, and bytes asked of the caches. */
	readonly memory: number;
	readonly cache: number;
	readonly operations: number;
}

/** Of a launch over a cache of which so many columns are shown. Numbers are float32. */
function workOf(
	{ kernel, groups, product }: Launch,
	model: FusedShape,
	q: number,
	shown: number
): Work {
	const { width, kvHeads, headSize, groups: shared } = model;
	const queries = q * shared * kvHeads * headSize;
	if (product) {
		const { what, tile, rows } = product;
		const { k, n, bits } = what;
		const weights = n * k * (bits / 8 + 4 / 32);
		const tiles = groups[1];
		const padded = tiles * tileRows(tile);
		const activations = 4 * (rows * k + 2 * rows * n);
		return {
			memory: weights,
			cache: weights * tiles + groups[0] * padded * k * 4 + activations,
			operations: 2 * padded * n * k + 2 * n * k * tiles
		};
	}
	if (kernel.key.startsWith('attention')) {
		const all = shown + q;
		const cut = cutFor(q, kvHeads);
		const read = 2 * 4 * kvHeads * headSize * all;
		return {
			memory: 2 * 4 * kvHeads * headSize * shown,
			cache: read * Math.ceil(q / cut.slots) + 4 * queries * (1 + cut.splits),
			operations: 4 * queries * all
		};
	}
	if (kernel.key === 'join') {
		const { splits } = cutFor(q, kvHeads);
		return { memory: 0, cache: 4 * queries * (splits + 1), operations: 3 * queries * splits };
	}
	return { memory: 0, cache: 4 * q * width * 3, operations: 3 * q * width };
}

/**
 * What the backend launches besides, as it stands in engine/runtime, while steps run ahead of the page. A tree's path is
 * moved into the cache; a chain's drafts are written there by the attention.
 */
const around = (layers: number) => ({
	'top 5': 1,
	advance: 1,
	embed: 1,
	'commit of a tree': Math.ceil((2 * layers) / TENSORS)
});
/** Tensors that one launch of the commit moves where a browser allows ten buffers: a plan, and each with its cache. */
const TENSORS = 4;

function table(rows: readonly (readonly string[])[]): string {
	const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
	return rows
		.map((row) =>
			row
				.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
				.join('  ')
		)
		.join('\n');
}

async function main(): Promise<void> {
	if (options.help) return console.log(HELP);
	const gpu = findDevice(options.gpu);
	const launch = Number(options.launch);
	if (!gpu || !(launch >= 0)) {
		console.error(
			`roofline: no GPU '${options.gpu}', or --launch ${options.launch} is no time\n\n${HELP}`
		);
		process.exitCode = 2;
		return;
	}
	const read = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T;
	const model = fusedShapeOf(await read<Manifest>(`${options.model}/manifest.json`));
	const report = options.report ? await read<BenchReport>(options.report) : undefined;
	const measured = report?.stages.find(({ kernels }) => kernels && Object.keys(kernels).length > 0);
	const bandwidth = (gpu.measured?.readGBps ?? gpu.bandwidth).value * 1e9;
	const rate = gpu.rates.fp32.value * 1e12;
	const cores = gpu.cores.value;
	console.log(
		`${gpu.name}: ${bandwidth / 1e9} GB/s, ${rate / 1e12} TFLOP/s in float32, ${cores} processors; ${launch} µs a launch taken as given`
	);
	for (const q of options.slots.split(',').map(Number)) {
		for (const shown of options.columns.split(',').map(Number)) {
			const { launches } = recipeOf(model, { q, r: q });
			const times = measured?.kernels?.[`q = ${q}, ${shown} columns shown`];
			const kinds = new Map<string, { launch: Launch; count: number }>();
			for (const launch of launches) {
				const kind = kinds.get(launch.kernel.key) ?? { launch, count: 0 };
				kind.count++;
				kinds.set(launch.kernel.key, kind);
			}
			let total = 0;
			const rows = [...kinds].map(([key, { launch: one, count }]) => {
				const { memory, cache, operations } = workOf(one, model, q, shown);
				const workgroups = one.groups[0] * one.groups[1] * one.groups[2];
				const filled = workgroups / cores;
				const memoryUs = (1e6 * memory) / bandwidth;
				const computeUs = (1e6 * operations) / (rate * Math.min(1, filled));
				const least = launch + Math.max(memoryUs, computeUs);
				total += least * count;
				const time = times?.find(({ name }: KernelTime) => name === key);
				return [
					key,
					String(count),
					one.groups.join('·'),
					filled.toFixed(2),
					(memory / 1e3).toFixed(0),
					(cache / 1e3).toFixed(0),
					(operations / 1e6).toFixed(1),
					memoryUs.toFixed(2),
					computeUs.toFixed(2),
					((least * count) / 1e3).toFixed(3),
					...(times ? [time ? ((1e3 * time.ms) / time.launches).toFixed(1) : '—'] : [])
				];
			});
			const { 'commit of a tree': commit, ...always } = around(model.layers);
			const others = Object.values(always).reduce((sum, count) => sum + count, 0);
			const least = (total + others * launch) / 1e3;
			console.log(`
${q} slots, ${shown} columns shown: ${launches.length} launches and ${others} around them (${Object.keys(always).join(', ')}; ${commit} more for a tree); at least ${least.toFixed(2)} ms, of which launching ${((launch * (launches.length + others)) / 1e3).toFixed(2)}
${table([
	[
		'kernel',
		'launches',
		'workgroups',
		'filled',
		'memory kB',
		'cache kB',
		'Mop',
		'memory µs',
		'compute µs',
		'all ms',
		...(times ? ['measured µs'] : [])
	],
	...rows
])}`);
		}
	}
}

await main();
