/** Uniforms of a pass: see GraphInputs.sizes. */
export const PASS = 'struct Pass { slots: u32, rows: u32, columns: u32, shown: u32, chain: u32 }';
/** Bytes of them. */
export const PASS_BYTES = 32;

/** Weights that share one scale. */
const BLOCK = 32;

/** How a product's work is laid out; see `matmulShader`. */
export interface Tile {
	/** Rows a thread computes. */
	readonly rowsPerThread: number;
	/** Threads side by side along the rows of a tile. */
	readonly threadsAlongRows: number;
	/** Parts that the sum over k is split into; each has its own threads. */
	readonly slices: number;
}

/** Threads side by side along the columns; each computes two pairs of columns. */
const ACROSS = 8;
/** Pairs of columns in a tile. */
export const PAIRS = 2 * ACROSS;

export const tileRows = ({ rowsPerThread, threadsAlongRows }: Tile): number =>
	rowsPerThread * threadsAlongRows;
const threads = ({ threadsAlongRows, slices }: Tile) => ACROSS * threadsAlongRows * slices;

/** Tiles by the most rows that they are for; `slices` at most. All have at most 256 threads, which every device allows. */
const TILES: readonly (Tile & { readonly upTo: number })[] = [
	{ upTo: 1, rowsPerThread: 1, threadsAlongRows: 1, slices: 32 },
	{ upTo: 4, rowsPerThread: 4, threadsAlongRows: 1, slices: 32 },
	{ upTo: 12, rowsPerThread: 6, threadsAlongRows: 2, slices: 16 },
	{ upTo: Infinity, rowsPerThread: 6, threadsAlongRows: 4, slices: 8 }
];
/** Workgroups below which a large GPU has processors without one: then tiles of fewer rows are better. */
const ENOUGH = 256;
const tileOf = (rows: number) => TILES.find(({ upTo }) => rows <= upTo)!;

/** Rows of all tiles of a product of so many rows; passes with as many are laid out alike. */
export const wholeTiles = (rows: number): number => {
	const each = tileRows(tileOf(rows));
	return Math.ceil(rows / each) * each;
};

/**
 * Few rows leave little to compute for each weight read, so the sum over k is spread over many threads; many
 * rows share the work of unpacking a weight. No more slices than give all of them the same number of blocks.
 */
export function tileFor(rows: number, { k, n }: Pick<Product, 'k' | 'n'>): Tile {
	const large = tileOf(rows);
	const workgroups = (wholeTiles(rows) / tileRows(large)) * (n / (2 * PAIRS));
	const split = tileRows(large) > tileRows(TILES[2]!) && workgroups < ENOUGH;
	const { rowsPerThread, threadsAlongRows, slices } = split ? TILES[2]! : large;
	return { rowsPerThread, threadsAlongRows, slices: slicesOf(k, slices) };
}

/** As many slices, or somewhat fewer, as have the same number of blocks of k each. */
export const slicesOf = (k: number, most: number): number => {
	const blocks = k / BLOCK;
	return Math.ceil(blocks / Math.ceil(blocks / most));
};

/** Sums of squares that are kept of a row of so many columns. */
export const squaresOf = (columns: number): number => columns / (2 * PAIRS);

/** What a product does with its sums. Two columns that need each other are a pair, in one thread. */
export type Ending =
	/** Rotates queries and keys by their position, and hands out queries, keys and values. */
	| { readonly kind: 'qkv'; readonly queries: number; readonly keys: number; readonly half: number }
	/** silu(first) · second: the two halves of the columns are gate and up. */
	| { readonly kind: 'gate' }
	/** Adds to the residual stream x, and leaves x · gain for the next product, and sums of squares of x. */
	| { readonly kind: 'residual' }
	/** Writes the sums. */
	| { readonly kind: 'logits' };

export interface Product {
	/** Columns of the input, a multiple of 32. */
	readonly k: number;
	/** Columns of the output, before `gate` joins them. A multiple of 32. */
	readonly n: number;
	readonly bits: 4 | 8;
	/**
	 * Whether the input is a normalised x: the input a is then x · gain, and the sums are divided by the
	 * root of the mean square of x, whose squares whoever made x has summed, some columns at a time (`squaresOf`).
	 */
	readonly normalised: boolean;
	/** Epsilon of the norm. */
	readonly epsilon: number;
	readonly ending: Ending;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const each = (n: number, line: (i: number) => string) => range(n).map(line).join('\n');

/**
 * WGSL of a product with quantised weights, [rows, k] × [n, k]ᵀ, with everything that a transformer does to
 * it before the next product needs all of it: what ONNX Runtime launches three to five kernels for.
 *
 * Weights are as MatMulNBits has them: row n holds k / 32 blocks of 32 values, 4 bits (lower half of a byte
 * first, zero at 8) or 8 bits (zero at 128), with one float32 scale a block.
 *
 * A workgroup computes a tile of rows × 32 columns. Its threads are slices × rows × columns; each walks over every
 * `slices`-th block of k, unpacks 4 columns of weights, and multiplies them with its rows of the input. The
 * slices' sums are added in workgroup memory, one half of them to the other, until one is left. A value is unpacked without conversion: its bits are put into the
 * mantissa of a float, from which the float without them is subtracted; both steps are exact.
 *
 * @param loops Whether words are walked in a loop, as is shorter to compile; otherwise their code is written four times.
 */
export function matmulShader(product: Product, tile: Tile, loops = true): string {
	const { k, n, bits, normalised, epsilon, ending } = product;
	const { rowsPerThread, threadsAlongRows, slices } = tile;
	const rows = tileRows(tile);
	const size = threads(tile);
	const blocks = k / BLOCK;
	const perWord = 32 / bits;
	/** Values in reach of one mask: the mantissa's 23 bits less what is shifted in. */
	const reach = bits === 4 ? 5 : 2;
	const zero = bits === 4 ? 8 : 128;

	/** Code that sets `v` to value `i` of the words `w` of 4 columns. */
	const unpack = (i: number) => {
		const shifted = i >= reach;
		const at = (shifted ? i - reach : i) * bits;
		const mask = `0x${(((1 << bits) - 1) << at).toString(16)}u`;
		const from = shifted ? 'high' : 'w';
		const down = 2 ** -at;
		const offset = 2 ** 23 * down + zero;
		return `bitcast<vec4f>((${from} & vec4u(${mask})) | vec4u(0x4b000000u)) * ${down} - ${offset}.0`;
	};

	/** Multiplies a quarter of the values of the words `w` with those of the rows. */
	const quad = (at: number) =>
		[
			...range(rowsPerThread).map((r) => `				let a${r}_${at} = a[row${r} + place + ${at}u];`),
			...range(4).flatMap((x) => [
				`				let v${at}_${x} = ${unpack(at * 4 + x)};`,
				...range(rowsPerThread).map((r) => `				part${r} += a${r}_${at}.${'xyzw'[x]} * v${at}_${x};`)
			])
		].join('\n');

	/** Multiplies the values of one of the four words of a vector. */
	const word = (index: string) => /* wgsl */ `				let w = vec4u(${range(4)
		.map((c) => `w${c}[${index}]`)
		.join(', ')});
				let high = w >> vec4u(${reach * bits}u);
				let place = block * ${BLOCK / 4}u + (vector * 4u + ${index}) * ${perWord / 4}u;
${each(perWord / 4, quad)}`;

	const vectors = BLOCK / (perWord * 4); // of 16 bytes, a block
	return /* wgsl */ `
${PASS}

@group(0) @binding(0) var<uniform> sizes: Pass;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4u>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
${bindingsOf(product)}

/** Of four columns, as \`column\` has them. */
var<workgroup> sums: array<vec4f, ${Math.max(1, slices >> 1) * rows * ACROSS}>;
${normalised ? `var<workgroup> parts: array<f32, ${rows * normThreads(size, rows)}>;\nvar<workgroup> inverse: array<f32, ${rows}>;` : ''}
${ending.kind === 'residual' ? `var<workgroup> square: array<f32, ${rows * PAIRS}>;` : ''}

${pairOf(product)}

@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
	let slice = local / ${ACROSS * threadsAlongRows}u;
	let across = local % ${ACROSS}u;
	let along = (local / ${ACROSS}u) % ${threadsAlongRows}u;
	let first = group.x * ${PAIRS}u;
	let top = group.y * ${rows}u;
	let count = ${ending.kind === 'logits' ? 'sizes.rows' : 'sizes.slots'};
	// Rows past the end repeat the last one, and are not written.
${each(
	rowsPerThread,
	(r) =>
		`	let row${r} = ${inputRow(ending, `min(top + along + ${r * threadsAlongRows}u, count - 1u)`)} * ${k / 4}u;
	var sum${r} = vec4f();`
)}
	let pair0 = pairOf(first + across);
	let pair1 = pairOf(first + across + ${ACROSS}u);
	let column = vec4u(pair0.x, pair1.x, pair0.y, pair1.y);

	for (var block = slice; block < ${blocks}u; block += ${slices}u) {
		let at = column * ${blocks}u + block;
		let scale = vec4f(scales[at.x], scales[at.y], scales[at.z], scales[at.w]);
${each(rowsPerThread, (r) => `		var part${r} = vec4f();`)}
		for (var vector = 0u; vector < ${vectors}u; vector++) {
${each(4, (c) => `			let w${c} = weights[at.${'xyzw'[c]} * ${vectors}u + vector];`)}
${
	loops
		? `			for (var word = 0u; word < 4u; word++) {
${word('word')}
			}`
		: range(4)
				.map(
					(i) => `			{
${word(`${i}u`)}
			}`
				)
				.join('\n')
}
		}
${each(rowsPerThread, (r) => `		sum${r} += scale * part${r};`)}
	}

${normalised ? norm(ending, k, epsilon, rows, size) : ''}
${joinSlices(tile)}

	for (var i = local; i < ${rows * PAIRS}u; i += ${size}u) {
		let r = i / ${PAIRS}u;
		let m = top + r;
		if (m >= count) { break; }
		let pair = pairOf(first + i % ${PAIRS}u);
		let by = ${normalised ? 'inverse[r]' : '1.0'};
		let which = i % ${PAIRS}u / ${ACROSS}u;
		let sum = sums[r * ${ACROSS}u + i % ${ACROSS}u] * by;
		let one = sum[which];
		let two = sum[2u + which];
${endingOf(product, n)}
	}
${ending.kind === 'residual' ? sumSquares(rows, n) : ''}
}
`;
}

/** The row of the input behind row m of the output: a gathered one for logits. */
const inputRow = (ending: Ending, m: string) =>
	ending.kind === 'logits' ? `u32(wanted[${m}])` : m;

/** Adds the slices' sums, in rounds: the later half of the slices hands its sums to the earlier one. The last leaves them in `sums`. */
const joinSlices = ({ rowsPerThread, threadsAlongRows, slices }: Tile) => {
	const values = (slice: string, line: (at: string, value: string) => string) =>
		each(rowsPerThread, (r) => {
			const row = `${slice} * ${rowsPerThread * threadsAlongRows}u + along + ${r * threadsAlongRows}u`;
			return `			${line(`sums[(${row}) * ${ACROSS}u + across]`, `sum${r}`)}`;
		});
	return /* wgsl */ `
	for (var left = ${slices}u; left > 1u; left = (left + 1u) / 2u) {
		let half = (left + 1u) / 2u;
		if (slice >= half && slice < left) {
${values('(slice - half)', (at, value) => `${at} = ${value};`)}
		}
		workgroupBarrier();
		if (slice < left - half) {
${values('slice', (at, value) => `${value} += ${at};`)}
		}
		workgroupBarrier();
	}
	if (slice == 0u) {
${values('0u', (at, value) => `${at} = ${value};`)}
	}
	workgroupBarrier();`;
};

/** Threads that add the squares of one row, a power of two. */
const normThreads = (size: number, rows: number) =>
	Math.min(64, 2 ** Math.floor(Math.log2(size / rows)));

/** Sets `inverse` to 1 / root of the mean square of each row of x. */
const norm = (ending: Ending, k: number, epsilon: number, rows: number, size: number) => {
	const perRow = normThreads(size, rows);
	return /* wgsl */ `
	{
		let r = local / ${perRow}u;
		var square = 0.0;
		if (r < ${rows}u) {
			let m = ${inputRow(ending, 'min(top + r, count - 1u)')};
			for (var i = local % ${perRow}u; i < ${squaresOf(k)}u; i += ${perRow}u) {
				square += squares[m * ${squaresOf(k)}u + i];
			}
			parts[local] = square;
		}
		workgroupBarrier();
		for (var half = ${perRow >> 1}u; half > 0u; half /= 2u) {
			if (r < ${rows}u && local % ${perRow}u < half) { parts[local] += parts[local + half]; }
			workgroupBarrier();
		}
		if (local < ${rows}u) { inverse[local] = inverseSqrt(parts[local * ${perRow}u] / ${k}.0 + ${epsilon}); }
		workgroupBarrier();
	}
`;
};

/** Leaves the sum of the squares of each row of this tile. */
const sumSquares = (rows: number, n: number) => /* wgsl */ `
	workgroupBarrier();
	if (local < ${rows}u && top + local < count) {
		var sum = 0.0;
		for (var i = 0u; i < ${PAIRS}u; i++) { sum += square[local * ${PAIRS}u + i]; }
		squares[(top + local) * ${squaresOf(n)}u + group.x] = sum;
	}`;

/** The two columns of a pair: those that rotate together, gate and up, or any two. */
const pairOf = ({ n, ending }: Product) =>
	ending.kind === 'qkv'
		? /* wgsl */ `fn pairOf(pair: u32) -> vec2u {
	let first = pair / ${ending.half}u * ${2 * ending.half}u + pair % ${ending.half}u;
	return vec2u(first, first + ${ending.half}u);
}`
		: /* wgsl */ `fn pairOf(pair: u32) -> vec2u { return vec2u(pair, pair + ${n / 2}u); }`;

const bindingsOf = ({ normalised, ending }: Product) => {
	const read = (name: string, type: string) => `var<storage, read> ${name}: array<${type}>;`;
	const write = (name: string, type = 'f32') => `var<storage, read_write> ${name}: array<${type}>;`;
	const own = {
		qkv: [
			read('rotary', 'vec2f'),
			read('positions', 'vec2i'),
			write('queries'),
			write('keys'),
			write('values')
		],
		gate: [write('gated')],
		residual: [read('gain', 'f32'), write('stream'), write('scaled'), write('squares')],
		logits: [read('wanted', 'i32'), write('logits')]
	}[ending.kind];
	return [...(normalised ? [read('squares', 'f32')] : []), ...own]
		.map((declaration, i) => `@group(0) @binding(${4 + i}) ${declaration}`)
		.join('\n');
};

const endingOf = ({ n, ending }: Product, columns: number) => {
	switch (ending.kind) {
		case 'qkv': {
			const { queries, keys, half } = ending;
			const rotations = (queries + keys) / keys;
			return /* wgsl */ `
		let c = pair.x;
		if (c < ${queries + keys}u) {
			let position = u32(positions[m * ${rotations + 1}u].x);
			let turn = rotary[position * ${half}u + c % ${half}u];
			let rotated = vec2f(one * turn.x - two * turn.y, two * turn.x + one * turn.y);
			if (c < ${queries}u) {
				queries[m * ${queries}u + c] = rotated.x;
				queries[m * ${queries}u + pair.y] = rotated.y;
			} else {
				keys[m * ${keys}u + c - ${queries}u] = rotated.x;
				keys[m * ${keys}u + pair.y - ${queries}u] = rotated.y;
			}
		} else {
			values[m * ${keys}u + c - ${queries + keys}u] = one;
			values[m * ${keys}u + pair.y - ${queries + keys}u] = two;
		}`;
		}
		case 'gate':
			return `		gated[m * ${n / 2}u + pair.x] = one / (1.0 + exp(-one)) * two;`;
		case 'residual':
			return /* wgsl */ `
		let c0 = m * ${columns}u + pair.x;
		let c1 = m * ${columns}u + pair.y;
		let x0 = stream[c0] + one;
		let x1 = stream[c1] + two;
		stream[c0] = x0;
		stream[c1] = x1;
		scaled[c0] = x0 * gain[pair.x];
		scaled[c1] = x1 * gain[pair.y];
		square[i] = x0 * x0 + x1 * x1;`;
		case 'logits':
			return /* wgsl */ `
		logits[m * ${columns}u + pair.x] = one;
		logits[m * ${columns}u + pair.y] = two;`;
	}
};
