import type {
	BenchReport,
	PromptsReport,
	SoakSample,
	Spread,
	StageName,
	StageReport,
	StepSpread,
	TileTime
} from './plan.ts';

/** Joins the pieces that a page reported, in order, into one report a stage; lists grow. */
export function stagesOf(pieces: readonly StageReport[]): StageReport[] {
	const stages = new Map<StageName, StageReport>();
	for (const piece of pieces) {
		const {
			ar = [],
			tidar = [],
			trees = [],
			tiles = [],
			soak = [],
			files = [],
			kernels = {},
			measure = {},
			longestBlock = 0,
			longTasks = 0,
			...before
		} = stages.get(piece.stage) ?? { stage: piece.stage };
		stages.set(piece.stage, {
			...before,
			...piece,
			ar: [...ar, ...(piece.ar ?? [])],
			tidar: [...tidar, ...(piece.tidar ?? [])],
			trees: [...trees, ...(piece.trees ?? [])],
			tiles: [...tiles, ...(piece.tiles ?? [])],
			soak: [...soak, ...(piece.soak ?? [])],
			files: [...files, ...(piece.files ?? [])],
			kernels: { ...kernels, ...piece.kernels },
			measure: { ...measure, ...piece.measure },
			...(piece.longestBlock !== undefined && {
				longestBlock: Math.max(longestBlock, piece.longestBlock),
				longTasks: longTasks + (piece.longTasks ?? 0)
			})
		});
	}
	return [...stages.values()];
}

interface Row {
	readonly what: string;
	readonly measured: string;
	readonly goal: string;
	/** Undefined where it was not measured. */
	readonly met?: boolean;
}

/** The goals of the fast path, as text: what was measured, and whether it is enough. */
export function table(report: BenchReport): string {
	const stage = (name: StageName) => report.stages.find((one) => one.stage === name);
	const fast = stage('fast');
	const at = (list: readonly StepSpread[] | undefined, columns = 1024) =>
		list?.find((one) => one.columns === columns);
	const ar = at(fast?.ar);
	const tidar = at(fast?.tidar);
	const gain = fast?.prompts && gainOf(fast.prompts);
	const rows: Row[] = [
		row('AR step', ar?.step, '≤ 6 ms, then ≤ 3.5', ar && ar.step.median <= 6),
		row('TiDAR step, k = 8 (72 slots)', tidar?.step, '≤ 7.5 ms', tidar && tidar.step.median <= 7.5),
		{
			what: 'TiDAR step over AR step',
			measured: ar && tidar ? ratio(tidar.step.median / ar.step.median) : '—',
			goal: '≤ 1.3',
			met: ar && tidar && tidar.step.median / ar.step.median <= 1.3
		},
		{
			what: `TiDAR over AR, tokens/s, ${fast?.prompts?.prompts ?? 0} prompts`,
			measured: gain ? `${ratio(gain.overAr)} (T/NFE ${gain.tokensPerPass.toFixed(2)})` : '—',
			goal: '≥ 0.75 × T/NFE',
			met: gain && gain.overAr >= 0.75 * gain.tokensPerPass
		},
		{
			what: 'greedy TiDAR = greedy AR, answers',
			measured: fast?.prompts ? `${fast.prompts.equal} of ${fast.prompts.prompts}` : '—',
			goal: 'all',
			met: fast?.prompts && fast.prompts.equal === fast.prompts.prompts
		},
		row(
			'prefill of 512 tokens',
			fast?.prefill,
			'≤ 60 ms',
			fast?.prefill && fast.prefill.median <= 60
		),
		{
			what: 'ready to decode, model cached',
			measured: fast?.ready === undefined ? '—' : `${(fast.ready / 1000).toFixed(2)} s`,
			goal: '≤ 2 s',
			met: fast?.ready === undefined ? undefined : fast.ready <= 2000
		},
		{
			what: 'longest main-thread block while decoding',
			measured: fast?.longestBlock === undefined ? '—' : ms(fast.longestBlock),
			goal: '< 50 ms',
			met: fast?.longestBlock === undefined ? undefined : fast.longestBlock < 50
		}
	];
	const best = bestOf(stage('trees')?.trees ?? [], ({ tokens, seconds }) => tokens / seconds);
	const overAr = best?.ar && best.tokens / best.seconds / best.ar;
	rows.push({
		what: 'fastest candidate tree over AR, tokens/s',
		measured: best && overAr ? `${ratio(overAr)} (${best.slots} slots, blocks of ${best.k})` : '—',
		goal: '≥ 2.5 ×',
		...(overAr && { met: overAr >= 2.5 })
	});
	const texts = stage('texts')?.texts;
	for (const [name, { equal }] of Object.entries(texts?.decoders ?? {})) {
		rows.push({
			what: `${name} = greedy AR, answers`,
			measured: `${equal} of ${texts!.prompts}`,
			goal: `${texts!.of} of ${texts!.of}`,
			met: equal === texts!.of
		});
	}
	const lines = rows.map(({ what, measured, goal, met }) => [
		what,
		measured,
		goal,
		met === undefined ? '' : met ? 'met' : 'missed'
	]);
	const steps = report.stages.flatMap(({ stage, ar = [], tidar = [] }) =>
		[...ar, ...tidar].map((one) => [
			`${stage}, ${one.q} slots, ${one.columns} columns`,
			shown(one.step),
			short(one.encode),
			short(one.gpu),
			short(one.readback)
		])
	);
	const trees = (stage('trees')?.trees ?? []).map((one) => [
		`${one.slots} slots, blocks of ${one.k}`,
		(one.tokens / one.passes).toFixed(2),
		(one.tokens / one.seconds).toFixed(0),
		String(one.prompts)
	]);
	return [
		`${report.date}  ${deviceOf(report)}  ${report.browser}`,
		aligned([['', 'measured (p10 to p90)', 'goal', ''], ...lines]),
		aligned([['steps', 'step', 'encode', 'GPU', 'readback'], ...steps]),
		...(trees.length > 0
			? [aligned([['candidate trees', 'tokens a pass', 'tokens/s', 'prompts'], ...trees])]
			: []),
		...layouts(stage('tiles')?.tiles ?? []),
		...memory(stage('soak')?.soak ?? []),
		FOR_SCALE,
		...report.stages.flatMap(({ stage, error, cut, ahead, reasons = [] }) => [
			...(ahead && ahead.right + ahead.wrong > 0
				? [`${stage}: ${ahead.right} steps ran ahead of the page, ${ahead.wrong} in vain`]
				: []),
			...(cut ? [`${stage} was cut short: ${cut}`] : []),
			...reasons.map((reason) => `${stage}: ${reason}`),
			...(error ? [`${stage} failed: ${error}`] : [])
		])
	].join('\n\n');
}

/** Medians of a step of one slot at 1024 positions on an H100, and what other engines write in a browser. */
const FOR_SCALE = `For scale, not measured here: PyTorch with CUDA graphs, SmolLM2-135M on an H100, 1.92 ms a step of one slot at 1024
positions, unfused. In browsers, on an Apple M3: llama.cpp on WebGPU 55 to 60 tokens/s with gemma-270m, 57 with Qwen3-0.6B
(llama.cpp's pull request 23483); an Apple M3 with Qwen3-1.7B in 4 bits, plain decoding 67, EAGLE-3 40 (spectra).`;

const bestOf = <T>(list: readonly T[], value: (one: T) => number): T | undefined =>
	[...list].sort((a, b) => value(b) - value(a))[0];

/** Of every kernel the layout in use and the fastest one that computes the same. */
function layouts(tiles: readonly TileTime[]): string[] {
	if (tiles.length === 0) return [];
	// Where the device's clock stands still, as on some software GPUs, the page's.
	const time = ({ us, wallUs }: TileTime) => us.median || wallUs;
	const nameOf = ({ kernel, rows }: TileTime) => `${kernel}, ${rows} rows`;
	const kinds = [...new Set(tiles.map(nameOf))];
	const rows = kinds.map((kind) => {
		const all = tiles.filter((one) => nameOf(one) === kind);
		const used = all.find(({ used }) => used);
		const right = all.filter(({ wrong }) => wrong === undefined);
		const best = bestOf(right, (one) => -time(one));
		return [
			kind,
			used ? `${time(used).toFixed(1)} (${used.layout})` : '—',
			best ? `${time(best).toFixed(1)} (${best.layout})` : '—',
			String(all.length - right.length)
		];
	});
	return [aligned([['µs a launch', 'in use', 'fastest', 'wrong'], ...rows])];
}

function memory(samples: readonly SoakSample[]): string[] {
	const [first, last] = [samples[0], samples.at(-1)];
	if (!first || !last) return [];
	const at = ({ second, answers, heap, gpu }: SoakSample) =>
		`after ${second.toFixed(0)} s and ${answers} answers ${heap?.toFixed(1) ?? '—'} MB of script, ${gpu.toFixed(1)} MB of GPU buffers`;
	return [`soak: ${at(first)}; ${at(last)}`];
}

/** What TiDAR's answers gained over AR's, by tokens a second without prefill. */
export function gainOf({ ar, tidar }: PromptsReport): { overAr: number; tokensPerPass: number } {
	return {
		overAr: tidar.tokens / tidar.seconds / (ar.tokens / ar.seconds),
		tokensPerPass: tidar.tokens / tidar.passes
	};
}

/** As the GPU names itself. */
export function deviceOf({ stages }: BenchReport): string {
	const device = stages.find((stage) => stage.device)?.device;
	return String(device?.['name'] ?? 'unknown GPU');
}

/** A file name: the day and the device. */
export const fileNameOf = (report: BenchReport): string =>
	`${report.date.slice(0, 10)}-${(report.machine || deviceOf(report)).toLowerCase().replace(/[^a-z0-9]+/g, '-')}.json`;

const row = (what: string, value: Spread | undefined, goal: string, met?: boolean): Row => ({
	what,
	measured: value ? shown(value) : '—',
	goal,
	met
});

const ms = (value: number) => `${value.toPrecision(3)} ms`;
const ratio = (value: number) => `${value.toFixed(2)} ×`;
const shown = ({ median, p10, p90, n }: Spread) =>
	`${ms(median)} (${p10.toPrecision(3)} to ${p90.toPrecision(3)}, n = ${n})`;
const short = (spread: Spread | undefined) => (spread ? ms(spread.median) : '—');

function aligned(rows: readonly (readonly string[])[]): string {
	const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
	return rows
		.map((row) =>
			row
				.map((cell, i) => cell.padEnd(widths[i]!))
				.join('  ')
				.trimEnd()
		)
		.join('\n');
}
