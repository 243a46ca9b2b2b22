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

const schema = v.object({
	formatVersion: v.literal(1, 'must be 1, the only format that this site reads'),
	name: v.pipe(v.string(), v.minLength(1)),
	license: v.string(),
	/** What the model is and where it comes from, for people. */
	card: v.record(v.string(), v.unknown()),
	checkpoint: v.object({ sha256: asset.entries.sha256 }),
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
	/** Joined in order they are the weight blob. */
	parts: v.pipe(v.array(asset), v.minLength(1)),
	embedding: v.object({ values: range, scales: range, zeroPoint: v.literal(128) }),
	graphs: v.array(
		v.object({
			...asset.entries,
			name: v.picklist(['webgpu-f32', 'webgpu-f16', 'wasm-f32']),
			activations: v.picklist(['float32', 'float16']),
			data: recipe
		})
	),
	/** Figures that the evaluation script measured; null before it ran. */
	evaluation: v.nullable(v.record(v.string(), v.unknown()))
});

/** What a folder of static/models holds. Written by engine/train; all sizes in bytes. */
export type Manifest = v.InferOutput<typeof schema>;
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
	let data: unknown;
	try {
		data = JSON.parse(text);
	} catch (cause) {
		throw refuse(`it is not JSON (${(cause as Error).message})`);
	}
	const result = v.safeParse(schema, data);
	if (!result.success) {
		const [issue] = result.issues;
		const path = v.getDotPath(issue);
		throw refuse(path ? `${path}: ${issue.message}` : issue.message);
	}
	const { parts, embedding, architecture } = result.output;
	const blob = parts.reduce((sum, { bytes }) => sum + bytes, 0);
	for (const [start, length] of [embedding.values, embedding.scales]) {
		if (start + length > blob) throw refuse(`embedding: it ends past the ${blob} bytes of weights`);
	}
	if (embedding.values[1] !== architecture.vocabulary * architecture.width) {
		throw refuse('embedding.values: it is not one byte for each weight of the table');
	}
	return result.output;
}

/** @throws RuntimeError 'manifest' where the model has no such graph. */
export function graphOf(manifest: Manifest, name: GraphName): Graph {
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

const refuse = (what: string) =>
	new RuntimeError(
		'manifest',
		`The model's manifest.json cannot be used: ${what}. Export the model again, or reload the page if it was just published.`
	);
