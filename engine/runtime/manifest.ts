import * as v from 'valibot';
import { RuntimeError } from './errors.ts';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
/** [offset, bytes] */
const range = v.tuple([whole, count]);

const asset = v.object({
	/** Relative to the manifest. */
	file: v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'must be a plain file name')),
	bytes: count,
	sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'))
});

const step = v.variant('transform', [
	v.object({ name: v.string(), transform: v.literal('copy'), from: range, to: range }),
	v.object({ name: v.string(), transform: v.literal('f16-to-f32'), from: range, to: range }),
	v.object({
		name: v.string(),
		transform: v.picklist(['q4-dequantise-transpose', 'q8-dequantise-transpose']),
		from: range,
		/** Float16, one for each 32 weights of a row. */
		scales: range,
		/** Rows and columns of `from`; the result has columns × rows. */
		shape: v.tuple([count, count]),
		to: range
	})
]);

const recipe = v.object({
	/** The name under which the graph's tensors refer to it. */
	file: v.string(),
	bytes: count,
	recipe: v.array(step)
});

const graphFile = v.object({ ...asset.entries, data: recipe });
const variant = {
	name: v.picklist(['webgpu-f32', 'webgpu-f16', 'wasm-f32']),
	activations: v.picklist(['float32', 'float16'])
};
const canvas = v.picklist(['dream', 'llada']);

/** What both shapes of a manifest tell. */
const about = {
	formatVersion: v.literal(1, 'must be 1, the only format that this site reads'),
	name: v.pipe(v.string(), v.minLength(1)),
	license: v.string(),
	/** What the model is and where it comes from, for people. */
	card: v.record(v.string(), v.unknown()),
	checkpoint: v.object({ sha256: asset.entries.sha256 }),
	/** Figures that the evaluation script measured; null before it ran. */
	evaluation: v.nullable(v.record(v.string(), v.unknown()))
};

const schema = v.object({
	...about,
	architecture: v.object({
		layers: count,
		width: count,
		heads: count,
		kvHeads: count,
		headSize: count,
		ffn: count,
		vocabulary: count,
		maxPositions: count,
		normEps: v.pipe(v.number(), v.minValue(0))
	}),
	tokens: v.object({ start: whole, end: whole, mask: whole }),
	tokenizer: v.object({ file: asset, config: asset }),
	/** Of a diffusion model alone: how its masks are read (ModelInfo.canvas). */
	canvas: v.optional(canvas),
	/** Joined in order they are the weight blob. */
	parts: v.pipe(v.array(asset), v.minLength(1)),
	embedding: v.object({ values: range, scales: range, zeroPoint: v.literal(128) }),
	graphs: v.array(v.object({ ...variant, ...graphFile.entries }))
});

/** What a model that rests on another tells besides. */
const beside = {
	...about,
	/** The model that it rests on: the sha256 of its checkpoint, and the bytes of its blob, which this one's parts continue. */
	target: v.object({ name: v.string(), checkpoint: asset.entries.sha256, bytes: count }),
	parts: v.pipe(v.array(asset), v.minLength(1))
};

const besideSchema = v.variant('kind', [
	v.object({
		kind: v.literal('eagle3'),
		...beside,
		/** The target's layers whose states the head reads. */
		taps: v.pipe(v.array(whole), v.minLength(1)),
		/** Drafts are among so many first tokens. */
		vocabulary: count,
		graphs: v.array(v.object({ ...variant, taps: graphFile, fuse: graphFile, draft: graphFile }))
	}),
	v.object({
		kind: v.literal('adapter'),
		...beside,
		rank: count,
		canvas,
		/** Each takes the place of the target's graph of its name. */
		graphs: v.array(v.object({ ...variant, ...graphFile.entries }))
	})
]);

/** What a folder of static/models holds. Written by engine/train; all sizes in bytes. */
export type Manifest = v.InferOutput<typeof schema>;
/** A folder of what rests on another model's weights: an EAGLE-3 head, or an adapter that makes a diffusion model of it. */
export type Beside = v.InferOutput<typeof besideSchema>;
/** A graph, and what its external data is made of. */
export type GraphFile = v.InferOutput<typeof graphFile>;
/** A file to download. */
export type Asset = v.InferOutput<typeof asset>;
/** How a graph's external data is made from the blob. */
export type Recipe = v.InferOutput<typeof recipe>;
export type RecipeStep = v.InferOutput<typeof step>;
export type Graph = Manifest['graphs'][number];
export type GraphName = Graph['name'];

/**
 * A manifest that came from outside.
 * @throws RuntimeError 'manifest' naming the first thing that is wrong.
 */
export function parseManifest(text: string): Manifest {
	const data = json(text);
	const kind = kindOf(data);
	if (kind !== undefined) {
		throw refuse(
			`it tells of a model of kind '${kind}', which rests on another and cannot run alone`
		);
	}
	const output = checked(schema, data);
	const { parts, embedding, architecture } = output;
	const blob = parts.reduce((sum, { bytes }) => sum + bytes, 0);
	for (const [start, length] of [embedding.values, embedding.scales]) {
		if (start + length > blob) throw refuse(`embedding: it ends past the ${blob} bytes of weights`);
	}
	if (embedding.values[1] !== architecture.vocabulary * architecture.width) {
		throw refuse('embedding.values: it is not one byte for each weight of the table');
	}
	return output;
}

/**
 * Either manifest: of a model that stands alone, or of one that rests on another.
 * @throws RuntimeError 'manifest' naming the first thing that is wrong.
 */
export function parseEither(text: string): Manifest | Beside {
	const data = json(text);
	return kindOf(data) === undefined ? parseManifest(text) : checked(besideSchema, data);
}

/** Whether a manifest tells of something that rests on another model. */
export const isBeside = (manifest: Manifest | Beside): manifest is Beside => 'kind' in manifest;

/** @throws RuntimeError 'manifest' where a model was trained on other weights than these. */
export function checkTarget({ name, target }: Beside, of: Manifest): void {
	const bytes = of.parts.reduce((sum, part) => sum + part.bytes, 0);
	if (target.checkpoint !== of.checkpoint.sha256 || target.bytes !== bytes) {
		throw refuse(
			`${name} rests on other weights (${target.name} ${target.checkpoint.slice(0, 8)}) than those of ${of.name} (${of.checkpoint.sha256.slice(0, 8)})`
		);
	}
}

function json(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw refuse(`it is not JSON (${(cause as Error).message})`);
	}
}

const kindOf = (data: unknown): unknown =>
	typeof data === 'object' && data !== null && 'kind' in data ? data.kind : undefined;

function checked<Schema extends typeof schema | typeof besideSchema>(
	schema: Schema,
	data: unknown
): v.InferOutput<Schema> {
	const result = v.safeParse(schema, data);
	if (result.success) return result.output;
	const [issue] = result.issues;
	const path = v.getDotPath(issue);
	throw refuse(path ? `${path}: ${issue.message}` : issue.message);
}

/** @throws RuntimeError 'manifest' where the model has no such graph. */
export function graphOf<One extends Manifest | Beside>(
	manifest: One,
	name: GraphName
): One['graphs'][number] {
	const graph = manifest.graphs.find((one) => one.name === name);
	if (!graph) throw refuse(`it has no graph '${name}'`);
	return graph;
}

/** All files that running a graph needs: the graph, the weights, the tokenizer. */
export const assetsOf = (manifest: Manifest, name: GraphName): Asset[] => [
	graphOf(manifest, name),
	...manifest.parts,
	manifest.tokenizer.file,
	manifest.tokenizer.config
];

/** An EAGLE-3 head's own graphs compute in float32, whatever its target does: they are small, and drafts need it most. */
export function headGraphs(
	manifest: Extract<Beside, { kind: 'eagle3' }>,
	name: GraphName
): { readonly taps: GraphFile; readonly fuse: GraphFile; readonly draft: GraphFile } {
	const { fuse, draft } = graphOf(manifest, name === 'webgpu-f16' ? 'webgpu-f32' : name);
	return { taps: graphOf(manifest, name).taps, fuse, draft };
}

/** All files that a graph needs beside those of its target: graphs (a head's: taps, fuse, draft), then weights. */
export function besideAssets(manifest: Beside, name: GraphName): Asset[] {
	if (manifest.kind === 'adapter') return [graphOf(manifest, name), ...manifest.parts];
	const { taps, fuse, draft } = headGraphs(manifest, name);
	return [taps, fuse, draft, ...manifest.parts];
}

/** The files of a folder that running a graph needs; those of what it rests on are not among them. */
export const filesOf = (manifest: Manifest | Beside, name: GraphName): Asset[] =>
	isBeside(manifest) ? besideAssets(manifest, name) : assetsOf(manifest, name);

const refuse = (what: string) =>
	new RuntimeError(
		'manifest',
		`The model's manifest.json cannot be used: ${what}. Export the model again, or reload the page if it was just published.`
	);
