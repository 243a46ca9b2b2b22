// The page of the benchmark: runs the stage that its address names, reports, and goes on to the next one.
import { arSpec, tidarSpec } from '../../../engine/mask/index.ts';
import { loadModel, type LoadedModel } from '../../../engine/runtime/load.ts';
import { measureSweep, shapeOf } from '../../../engine/runtime/sweep.ts';
import { Tokenizer, type TokenizerJson } from '../../../engine/tokenizer/index.ts';
import type { Plan, Spread, StageName, StageReport, TreeReport } from '../plan.ts';
import { kernelTimes, watchPipelines } from './kernels.ts';
import { answerAll, answerByTrees } from './prompts.ts';
import { recordAll } from './sessions.ts';
import { spread } from './spread.ts';
import { decodeSteps, prefills } from './steps.ts';

const K = 8;

const plan = (await (await fetch('plan.json')).json()) as Plan;
const number = Number(new URLSearchParams(location.search).get('stage') ?? 0);
const stage = plan.stages[number];

if (stage === undefined) {
	await fetch('done', { method: 'POST' });
} else {
	try {
		await run(stage);
	} catch (error) {
		await report({
			error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
		});
	}
	location.search = `?stage=${number + 1}`;
}

/** Adds to the stage's report, at once: a run may be cut short. */
async function report(found: Omit<StageReport, 'stage'>): Promise<void> {
	document.querySelector('#log')!.append(`${JSON.stringify(found).slice(0, 300)}\n`);
	await fetch('report', { method: 'POST', body: JSON.stringify({ stage, ...found }) });
}

async function run(stage: StageName): Promise<void> {
	if (stage === 'fast') watchPipelines();
	if (stage === 'unclocked') withoutTimestamps();
	const model = await loadModel({
		base: new URL(plan.model, location.href),
		backend: 'webgpu',
		precision: stage === 'f16' ? 'f16' : 'f32',
		fast: stage === 'plain' ? 'off' : stage === 'replay' || stage === 'fused' ? stage : 'auto'
	});
	// performance.now() counts from the navigation.
	const ready = performance.now();
	const tokenizer = new Tokenizer(JSON.parse(model.tokenizer) as TokenizerJson);
	const prompts = plan.prompts.map((text) => tokenizer.encodeChat(text, { first: true }));
	const text = prompts.flat();
	const { forward } = model;
	await report({ ready, device: await describe(model), reasons: reasonsOf(model) });
	const missing = stage === 'f16' && model.device.precision !== 'f16';
	if (stage === 'cold' || missing) return model.dispose();

	const first = performance.now();
	await prefills(forward, 40, text, 0);
	await report({ firstPass: performance.now() - first });

	const late = () => performance.now() > plan.deadline * 1000;
	if (stage === 'trees') {
		const told = (tree: TreeReport) => report({ trees: [tree] });
		await answerByTrees(forward, prompts, plan.maxTokens, late, told);
		return model.dispose();
	}
	if (stage === 'sessions') {
		const drafter = await loadModel({
			base: new URL(plan.draft, location.href),
			backend: 'webgpu',
			precision: 'f32'
		});
		for await (const file of recordAll(model, drafter, tokenizer)) await report({ files: [file] });
		await drafter.dispose();
		return model.dispose();
	}
	const block = watchBlocks();
	for (const columns of [1024, 256]) {
		const ar = await decodeSteps(forward, 'ar', K, columns, text, plan.steps);
		const tidar = await decodeSteps(forward, 'tidar', K, columns, text, plan.steps);
		await report({ ar: [ar], tidar: [tidar] });
	}
	if (stage === 'fast' || stage === 'f16') {
		await report({
			prompts: await answerAll(forward, prompts, K, plan.maxTokens, late),
			...block()
		});
	}
	if (stage === 'fast') {
		await report({ roundTrip: await roundTrip() });
		await report({ prefill: await prefills(forward, 512, text, Math.min(10, plan.steps)) });
		if (plan.sweep > 0) {
			const key = { device: model.device.name, weights: model.manifest.checkpoint.sha256 };
			const sweep = await measureSweep(forward, key, { passes: plan.sweep });
			if (sweep) await report({ sweep: { ...sweep, choice: shapeOf(sweep, model.manifest) } });
		}
		if (plan.profile > 0) {
			forward.truncate(0);
			const kernels = async (k: number) =>
				kernelTimes(forward, k === 0 ? arSpec : tidarSpec(k), plan.profile);
			await report({ kernels: { 'q = 1': await kernels(0), 'q = 72': await kernels(K) } });
		}
	}
	await report({ reasons: reasonsOf(model) });
	await model.dispose();
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
