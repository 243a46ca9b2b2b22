import { sha256 } from './download.ts';
import { RuntimeError, messageOf } from './errors.ts';
import type { Asset } from './manifest.ts';

/**
 * Files of a model's folder, in Node. Taken from the process, not imported: bundlers of the site then
 * have nothing to resolve.
 * @throws RuntimeError 'not-found' where a file is missing, 'corrupt' where it is not the manifest's.
 */
export async function readAssets(
	folder: string | URL,
	assets: readonly Asset[]
): Promise<Uint8Array[]> {
	return Promise.all(
		assets.map(async (asset) => {
			const bytes = new Uint8Array(await read(folder, asset.file));
			if (bytes.length === asset.bytes && (await sha256(bytes)) === asset.sha256) return bytes;
			throw new RuntimeError(
				'corrupt',
				`${asset.file} in ${folder} is not the file that manifest.json describes. Export the model again, or check it out again.`
			);
		})
	);
}

/** The text of a folder's manifest.json. @throws RuntimeError 'not-found' */
export const readManifest = async (folder: string | URL): Promise<string> =>
	(await read(folder, 'manifest.json')).toString();

async function read(folder: string | URL, file: string): Promise<Buffer> {
	const { readFile } = process.getBuiltinModule('node:fs/promises');
	const { join } = process.getBuiltinModule('node:path');
	const { fileURLToPath } = process.getBuiltinModule('node:url');
	const path = String(folder).startsWith('file:') ? fileURLToPath(folder) : String(folder);
	try {
		return await readFile(join(path, file));
	} catch (cause) {
		throw new RuntimeError(
			'not-found',
			`${join(path, file)} cannot be read (${messageOf(cause)}). Name the folder of an exported model, such as static/models/tidar-smollm2-135m.`,
			{ cause }
		);
	}
}
