/**
 * Writes static/traces from the kernel traces in tests/fixtures/measurements:
 *
 *     npx tsx engine/timeline/ship-traces.ts
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { packKernels, type Recording } from './recording.ts';

interface Measured {
	meta: { gpu: string; torch: string; cuda: string };
	traces: { model: string; q: number; kv: number; kernels: [string, number, number][] }[];
}

const ids: Record<string, string> = { 'Qwen2.5-1.5B': 'qwen2.5-1.5b', 'Qwen3-8B': 'qwen3-8b' };

const { meta, traces } = JSON.parse(
	readFileSync('tests/fixtures/measurements/h100-traces.json', 'utf8')
) as Measured;
mkdirSync('static/traces', { recursive: true });
const index = traces.map(({ model, q, kv, kernels }) => {
	const id = `h100-${ids[model]}-${q}`;
	const recording: Recording = {
		version: 1,
		model: ids[model]!,
		device: 'h100-sxm',
		slots: q,
		context: kv,
		measuredOn: meta.gpu,
		method: `PyTorch ${meta.torch}, bf16, random weights, elementwise parts fused, CUDA graph`,
		...packKernels(kernels)
	};
	writeFileSync(`static/traces/${id}.json`, `${JSON.stringify(recording)}\n`);
	return { id, model: ids[model]!, slots: q, context: kv, kernels: kernels.length };
});
writeFileSync('static/traces/index.json', `${JSON.stringify(index, null, '\t')}\n`);
