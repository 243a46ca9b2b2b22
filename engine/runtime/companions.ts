import * as v from 'valibot';
import { RuntimeError } from './errors.ts';

const folder = v.nullable(v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'must be a plain folder name')));
const schema = v.object({ eagle3: folder, llada: folder, dream: folder });

/**
 * Which decoders have weights of their own: by decoder the folder beside the model's, null where the weights are not
 * there. `static/models/companions.json`, which `export_beside --register` writes.
 */
export type Companions = v.InferOutput<typeof schema>;
export type CompanionDecoder = keyof Companions;

/** The registry's file, in the folder that holds the models' folders. */
export const COMPANIONS = 'companions.json';

export const hasCompanion = (decoder: string): decoder is CompanionDecoder =>
	decoder in schema.entries;

/** @throws RuntimeError 'manifest' naming the first thing that is wrong. */
export function parseCompanions(text: string): Companions {
	const refuse = (what: string) =>
		new RuntimeError('manifest', `The list of models, ${COMPANIONS}, cannot be used: ${what}.`);
	let data: unknown;
	try {
		data = JSON.parse(text);
	} catch (cause) {
		throw refuse(`it is not JSON (${(cause as Error).message})`);
	}
	const result = v.safeParse(schema, data);
	if (result.success) return result.output;
	const [issue] = result.issues;
	throw refuse(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
}
