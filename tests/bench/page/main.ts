// The page of the benchmark: runs the stage that its address names, reports, and goes on to the next one.
import type { Session } from '../../../engine/decode/index.ts';
import { arSpec, layout, prefillSpec, tidarSpec } from '../../../engine/mask/index.ts';
import { Lookahead } from '../../../engine/runtime/ahead/lookahead.ts';
import { openDevice } from '../../../engine/runtime/device.ts';
import { fusedShapeOf, type Fast } from '../../../engine/runtime/fastest.ts';
import { loadModel, type LoadedModel } from '../../../engine/runtime/load.ts';
import type { Manifest } from '../../../engine/runtime/manifest.ts';
import {
	agreement,
	machineOf,
	measureGpu,
	measureSlots
} from '../../../engine/runtime/measure/index.ts';
import { measureSweep, shapeOf } from '../../../engine/runtime/sweep.ts';
import { Tokenizer, type TokenizerJson } from '../../../engine/tokenizer/index.ts';
import { SECONDS, type Plan, type Spread, type StageName, type StageReport } from '../plan.ts';
import { kernelTimes, watchPipelines } from './kernels.ts';
import { answerAll, answerByTrees, compareTexts } from './prompts.ts';
import { recordAll } from './sessions.ts';
import { countBuffers, soak } from './soak.ts';
import { spread } from './spread.ts';
import { decodeSteps, prefills } from './steps.ts';
import { measureTiles } from './tiles.ts';

const K = 8;

/** How a stage's steps come to the device; auto where it is not what the stage is about. */
const FAST: Partial<Record<StageName, Fast>> = { plain: 'off', replay: 'replay', fused: 'fused' };

const plan = (await (await fetch('plan.json')).json()) as Plan;
const asked = new URLSearchParams(location.search);
const number = Number(asked.get('stage') ?? 0);
/** When the run began, as Date.now() counts. */
const begun = Number(asked.get('begun') ?? Date.now());
const stage = plan.stages[number];

if (stage === undefined || spent() >= plan.budget) {
	await fetch('done', { method: 'POST' });
} else {
	const limit = plan.seconds[stage] ?? SECONDS[stage];
	const end = Math.min(limit * 1000, (plan.budget - spent()) * 1000);
	let cut: string | undefined;
	const late = () => {
		if (performance.now() < end) return false;
		cut ??= end < limit * 1000 ? 'the run had no more time' : `after its ${limit} s`;
		return true;
	};
	try {
		await run(stage, late);
	} catch (error) {
		await report({
			error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
		});
	}
	if (cut !== undefined) await report({ cut });
	location.search = `?stage=${number + 1}&begun=${begun}`;
}

/** Seconds since the run began. */
function spent(): number {
	return (Date.now() - begun) / 1000;
}

/** Adds to the stage's report, at once: a run may be cut short. */
async function report(found: Omit<StageReport, 'stage'>): Promise<void> {
	document.querySelector('#log')!.append(`${JSON.stringify(found).slice(0, 300)}\n`);
	await fetch('report', { method: 'POST', body: JSON.stringify({ stage, ...found }) });
}

async function run(stage: StageName, late: () => boolean): Promise<void> {
	const ahead = countAhead();
	if (stage === 'kernels') watchPipelines();
	if (stage === 'unclocked') withoutTimestamps();
	if (stage === 'soak') countBuffers();
	if (stage === 'tiles') {
		const manifest = (await (await fetch(`${plan.model}/manifest.json`)).json()) as Manifest;
		await measureTiles(fusedShapeOf(manifest), late, (time) => report({ tiles: [time] }));
		return;
	}
	if (stage === 'measure') {
		const gpu = await openDevice();
		await report({ measure: { machine: machineOf(gpu), micro: await measureGpu(gpu) } });
		gpu.device.destroy();
	}
	const model = await loadModel({
		base: new URL(plan.model, location.href),
		backend: 'webgpu',
		precision: stage === 'f16' ? 'f16' : 'f32',
		fast: FAST[stage] ?? plan.fast
	});
	// performance.now() counts from the navigation.
	const ready = performance.now();
	const tokenizer = new Tokenizer(JSON.parse(model.tokenizer) as TokenizerJson);
	const encoded = (texts: readonly string[]) =>
		texts.map((text) => tokenizer.encodeChat(text, { first: true }));
	const prompts = encoded(plan.prompts);
	const text = prompts.flat();
	const { forward } = model;
	await report({ ready, device: await describe(model), reasons: reasonsOf(model) });
	try {
		if (stage === 'f16' && model.device.precision !== 'f16') return;
		const first = performance.now();
		await prefills(forward, 40, text, 0);
		await report({ firstPass: performance.now() - first });
		const work: Partial<Record<StageName, () => Promise<void>>> = {
			fast: all,
			kernels,
			plain: steps,
			fused: steps,
			replay: steps,
			unclocked: steps,
			f16: async () => {
				await steps();
				await answers();
			},
			trees: () =>
				answerByTrees(forward, prompts, plan.maxTokens, late, (tree) => report({ trees: [tree] })),
			texts: () =>
				compareTexts(forward, encoded(plan.texts), plan.texts, 64, late, (texts) =>
					report({ texts })
				),
			sessions,
			measure: measured,
			soak: () => soak(forward, prompts, 5, late, (sample) => report({ soak: [sample] }))
		};
		await work[stage]?.();
	} finally {
		await report({ reasons: reasonsOf(model), ahead });
		await model.dispose();
	}

	async function steps() {
		for (const columns of [1024, 256]) {
			const block = watchBlocks();
			const ar = await decodeSteps(forward, 'ar', K, columns, text, plan.steps);
			const tidar = await decodeSteps(forward, 'tidar', K, columns, text, plan.steps);
			await report({ ar: [ar], tidar: [tidar], ...block() });
			if (late()) return;
		}
	}

	async function answers() {
		const block = watchBlocks();
		const prompted = await answerAll(forward, prompts, K, plan.maxTokens, late);
		await report({ prompts: prompted, ...block() });
	}

	async function all() {
		await steps();
		await report({ prefill: await prefills(forward, 512, text, Math.min(10, plan.steps)) });
		await report({ roundTrip: await roundTrip() });
		await answers();
		if (plan.sweep > 0 && !late()) {
			const key = { device: model.device.name, weights: model.manifest.checkpoint.sha256 };
			const sweep = await measureSweep(forward, key, { passes: plan.sweep });
			if (sweep) await report({ sweep: { ...sweep, choice: shapeOf(sweep, model.manifest) } });
		}
	}

	/** Over an empty cache, and over full ones of both sizes. */
	async function kernels() {
		for (const filled of [0, 200, 1000]) {
			for (const k of [0, K]) {
				if (plan.profile === 0 || late()) return;
				forward.truncate(0);
				if (filled > 0) {
					const prompt = layout(prefillSpec(filled, 0));
					const tokens = prompt.slots.map((_, slot) => text[slot % text.length]!);
					await forward.run({ layout: prompt, tokens, predict: [filled - 1] });
					forward.keep(tokens.map((_, slot) => slot));
				}
				const spec = k === 0 ? arSpec : tidarSpec(k);
				const name = `q = ${k === 0 ? 1 : k + k * k}, ${filled} columns shown`;
				await report({ kernels: { [name]: await kernelTimes(forward, spec, plan.profile) } });
			}
		}
	}

	async function sessions() {
		const drafter = await loadModel({
			base: new URL(plan.draft, location.href),
			backend: 'webgpu',
			precision: 'f32'
		});
		for await (const file of recordAll(model, drafter, tokenizer)) {
			await report({ files: [file] });
			if (late()) break;
		}
		await drafter.dispose();
	}

	/** The rest of what the page /measure does. */
	async function measured() {
		const slots = await measureSlots(forward, { patience: 20_000 });
		await report({ measure: { slots } });
		const session = (await (await fetch(plan.session)).json()) as Session;
		// As on the page: a recording of other weights says nothing of these.
		if (session.model.weights !== model.manifest.checkpoint.sha256) return;
		await report({ measure: { agreement: await agreement(forward, session) } });
	}
}
function reasonsOf({ reasons }: LoadedModel): string[] {
	return reasons.map(({ code, message }) => `${code}: ${message}`);
}

async function describe(model: LoadedModel): Promise<Record<string, unknown>> {
	const adapter = await navigator.gpu.requestAdapter();
	const { vendor, architecture, device, description } = adapter!.info;
	return {
		...model.device,
		model: model.manifest.name,
		weights: model.manifest.checkpoint.sha256,
		adapter: { vendor, architecture, device, description },
		features: [...adapter!.features],
		storageBuffers: adapter!.limits.maxStorageBuffersPerShaderStage,
		isolated: crossOriginIsolated,
		cores: navigator.hardwareConcurrency,
		userAgent: navigator.userAgent
	};
}

/** An empty submission and a mapped buffer, on a device of its own. */
async function roundTrip(): Promise<Spread> {
	const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
	const source = device.createBuffer({ size: 64, usage: GPUBufferUsage.COPY_SRC });
	const staging = device.createBuffer({
		size: 64,
		usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
	});
	const times: number[] = [];
	for (let i = 0; i < 50; i++) {
		const before = performance.now();
		const encoder = device.createCommandEncoder();
		encoder.copyBufferToBuffer(source, 0, staging, 0, 64);
		device.queue.submit([encoder.finish()]);
		await staging.mapAsync(GPUMapMode.READ);
		staging.unmap();
		times.push(performance.now() - before);
	}
	device.destroy();
	return spread(times);
}

/** Watches this thread; what it returns stops that and tells. */
function watchBlocks(): () => { longestBlock: number; longTasks: number } {
	let longestBlock = 0;
	let longTasks = 0;
	let last = performance.now();
	const timer = setInterval(() => {
		const now = performance.now();
		longestBlock = Math.max(longestBlock, now - last);
		last = now;
	}, 4);
	const observer = new PerformanceObserver((list) => (longTasks += list.getEntries().length));
	observer.observe({ type: 'longtask' });
	return () => {
		clearInterval(timer);
		observer.disconnect();
		return { longestBlock, longTasks };
	};
}

/** Counts passes that ran ahead of the page: those that were asked for, and those that were others. */
function countAhead(): { right: number; wrong: number } {
	const count = { right: 0, wrong: 0 };
	const { holds } = Lookahead.prototype;
	Lookahead.prototype.holds = function (...given) {
		const right = holds.apply(this, given);
		count[right ? 'right' : 'wrong']++;
		return right;
	};
	return count;
}

/** Devices are opened without timestamps. */
function withoutTimestamps(): void {
	const { requestDevice } = GPUAdapter.prototype;
	GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
		const requiredFeatures = [...(descriptor.requiredFeatures ?? [])].filter(
			(name) => name !== 'timestamp-query'
		);
		return requestDevice.call(this, { ...descriptor, requiredFeatures });
	};
}
