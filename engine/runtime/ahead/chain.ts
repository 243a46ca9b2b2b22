import { HEAD, type Course, type Followed } from './course.ts';
import type { Chain } from './guess.ts';

const THREADS = 64;

/** The steps of greedy TiDAR or AR, as `guessNext` foretells them. Records: head, drafts. */
export class ChainCourse implements Course {
	readonly key: string;
	readonly slots: number;
	readonly most: number;
	readonly words: number;
	readonly tokensAt = HEAD;
	readonly varies = false;

	constructor(private readonly chain: Chain) {
		const { drafts, masks } = chain;
		this.key = `chain ${drafts} ${masks}`;
		this.slots = drafts * (1 + masks);
		this.most = drafts;
		this.words = HEAD + drafts;
	}

	advance(topWords: number, stride: number): string {
		const { drafts, masks } = this.chain;
		const offset =
			masks === 0
				? 'slot'
				: `select((slot - ${drafts}u) / ${masks}u + 1u + (slot - ${drafts}u) % ${masks}u, slot, slot < ${drafts}u)`;
		return /* wgsl */ `
@group(0) @binding(0) var<storage, read> before: array<u32>;
@group(0) @binding(1) var<storage, read> top: array<u32>;
@group(0) @binding(2) var<storage, read_write> after: array<u32>;
@group(0) @binding(3) var<storage, read_write> sizes: array<u32>;
@group(0) @binding(4) var<storage, read_write> plan: array<u32>;
@group(0) @binding(5) var<storage, read_write> positions: array<u32>;

var<workgroup> kept: u32;

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) local: u32) {
	let start = before[0];
	if (local == 0u) {
		var count = 1u;
		while (count < ${drafts}u && top[(count - 1u) * ${topWords}u] == before[${HEAD}u + count]) { count++; }
		kept = count;
		after[0] = start + count;
		after[1] = count;
		after[2] = ${drafts}u;
		after[3] = ${this.slots}u;
		sizes[3] = start + count;
		plan[0] = start;
		plan[1] = count;
	}
	workgroupBarrier();
	for (var i = local; i < ${drafts}u; i += ${THREADS}u) {
		let slot = select(${drafts}u + (kept - 1u) * ${masks}u + i, kept - 1u, i == 0u);
		after[${HEAD}u + i] = top[slot * ${topWords}u];
		plan[4u + i] = i;
	}
	for (var slot = local; slot < ${this.slots}u; slot += ${THREADS}u) {
		positions[slot * ${2 * stride}u] = start + kept + ${offset};
	}
}
`;
	}

	record({ start, tokens }: Followed): Uint32Array {
		const { drafts } = this.chain;
		return Uint32Array.of(start, 0, drafts, this.slots, ...tokens.slice(0, drafts));
	}

	holds(record: Uint32Array, { start, tokens }: Followed): boolean {
		return (
			record[0] === start &&
			tokens.every((token, i) => i >= this.chain.drafts || record[HEAD + i] === token)
		);
	}
}
