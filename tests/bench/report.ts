import type {
	BenchReport,
	PromptsReport,
	Spread,
	StageName,
	StageReport,
	StepSpread
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
		...report.stages.flatMap(({ stage, error, reasons = [] }) => [
			...reasons.map((reason) => `${stage}: ${reason}`),
			...(error ? [`${stage} failed: ${error}`] : [])
		])
	].join('\n\n');
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
