import { canvas, fill, passOver, reader, surest, untilEnd } from './canvas.ts';
import { encoded } from './diffusion.ts';
import type { Forward } from './forward.ts';
import type { Settings } from './settings.ts';
import type { Ending, Step } from './step.ts';

/**
 * Block diffusion with a confidence threshold on TiDAR's weights: what TiDAR (Liu et al., arXiv 2511.08923) is compared
 * with in its Table 4. Blocks go from left to right (Arriola et al., 'Block diffusion', arXiv 2503.09573): the text
 * is p(x) = Π p(block b | blocks before b), each factor a small masked diffusion.
 *
 * A block is k masks behind the text. One pass predicts them all; those whose probability reaches the **threshold** become
 * tokens, and always the `perPass` surest ones (1), so a block takes 1 to k passes; the next pass sees what was filled and
 * predicts the rest. A low threshold is fast and careless: tokens filled in one pass do not know of each other. Nothing is
 * verified, so quality falls with speed, where TiDAR's AR half checks each draft and loses none: the paper's table
 * has 2.63 to 3.81 tokens a pass with falling quality, against TiDAR's 5.49 and 6.97 with 8 and 16 drafts.
 *
 * What is gained over a fixed canvas is the cache. In TiDAR's training, text is causal and masks see the text before their
 * block and each other, so a finished block does not depend on what follows: its keys and values are computed once,
 * by the first pass of the next block, which encodes it causally in front of the new masks: k + k slots, then k a pass.
 * After a full block the cache is thus one block behind what was emitted; step 0 encodes the prompt alone.
 *
 * The weights have seen only blocks made wholly of masks in training, so a half-filled one is new to them: this
 * shows what TiDAR's diffusion half does without its AR half, and is not a model trained for block diffusion.
 * A block that would pass the answer's or the cache's length is cut.
 * @throws RangeError where the model's prompt is not causal (ModelInfo.canvas)
 */
export async function* block(
	forward: Forward,
	prompt: readonly number[],
	settings: Settings,
	signal?: AbortSignal
): AsyncGenerator<Step, Ending> {
	const { k, threshold, perPass, maxTokens } = settings;
	const { mask, end, capacity, name, canvas: kind = 'tidar' } = forward.model;
	if (kind !== 'tidar') {
		throw new RangeError(
			`Block diffusion: ${name} reads its text in both directions, so finished blocks cannot be cached; use the decoder llada or dream.`
		);
	}
	const read = reader(settings, false);
	let index = 0;
	const body = await encoded(forward, prompt);
	yield { index: index++, kind: 'prefill', ...body, verdicts: [], emitted: [] };

	let finished: readonly number[] = [];
	for (let count = 0; ;) {
		const room = capacity - forward.length - finished.length;
		if (room === 0) return 'cache-full';
		const board = canvas(Math.min(k, maxTokens - count, room), mask);
		while (board.open.size > 0) {
			if (signal?.aborted) return 'stopped';
			const places = [...board.open];
			const { pass, body, slotOf, readerOf } = await passOver(forward, finished, board, places);
			const slots = places.map(readerOf);
			const candidates = await read.candidates(pass, places, slots, 'probability');
			const sure = candidates.filter(({ confidence }) => confidence >= threshold);
			const chosen = sure.length >= perPass ? sure : surest(candidates, perPass);
			const change = fill(board, candidates, chosen, slotOf);
			forward.keep(body.kept);
			finished = [];
			const emitted = board.open.size > 0 ? [] : untilEnd(board.tokens, end);
			count += emitted.length;
			yield { index: index++, ...body, verdicts: [], canvas: change, emitted };
			if (emitted.at(-1) === end) return 'end-token';
		}
		if (count >= maxTokens) return 'max-tokens';
		finished = board.tokens;
	}
}
