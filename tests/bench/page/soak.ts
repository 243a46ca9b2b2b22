import type { Forward, Settings } from '../../../engine/decode/index.ts';
import type { SoakSample } from '../plan.ts';
import { answer } from './prompts.ts';

const held = { bytes: 0 };

/** Counts bytes of GPU buffers; those that are only forgotten stay counted. Before any is made. */
export function countBuffers(): void {
	const { createBuffer } = GPUDevice.prototype;
	GPUDevice.prototype.createBuffer = function (descriptor) {
		const buffer = createBuffer.call(this, descriptor);
		held.bytes += buffer.size;
		const destroy = buffer.destroy.bind(buffer);
		let there = true;
		buffer.destroy = () => {
			if (there) held.bytes -= buffer.size;
			there = false;
			return destroy();
		};
		return buffer;
	};
}

/** By turns; chains and trees of several sizes leave the most behind. */
const WAYS: readonly Partial<Settings>[] = [
	{ decoder: 'tidar', k: 8 },
	{ decoder: 'ar' },
	{ decoder: 'tidar-tree', slots: 72, k: 8 },
	{ decoder: 'tidar', k: 4, temperature: 0.8 }
];

/** Answers one prompt after the other until it is late; a sample every `seconds`. */
export async function soak(
	forward: Forward,
	prompts: readonly (readonly number[])[],
	seconds: number,
	late: () => boolean,
	told: (sample: SoakSample) => Promise<void>
): Promise<void> {
	const start = performance.now();
	let [since, tokens, answers] = [start, 0, 0];
	const sample = async () => {
		const now = performance.now();
		// Chromium's own; it counts in steps unless the page is isolated.
		const { memory } = performance as unknown as { memory?: { usedJSHeapSize: number } };
		await told({
			second: (now - start) / 1000,
			answers,
			speed: (1000 * tokens) / (now - since),
			...(memory && { heap: memory.usedJSHeapSize / 1e6 }),
			gpu: held.bytes / 1e6
		});
		[since, tokens] = [performance.now(), 0];
	};
	for (; !late(); answers++) {
		const prompt = prompts[answers % prompts.length]!;
		const way = WAYS[answers % WAYS.length]!;
		tokens += (await answer(forward, prompt, { ...way, maxTokens: 96, seed: answers })).tokens
			.length;
		if (performance.now() - since > seconds * 1000) await sample();
	}
	await sample();
}
