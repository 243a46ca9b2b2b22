import { loadWasm, mayUseThreads, threads } from '../ort.ts';
import { WasmBackend } from '../wasm.ts';
import { bring } from './bring.ts';
import type { LoadedModel, LoadOptions, Reason } from './contract.ts';
import { shapeOf, versions } from './describe.ts';
import type { Found } from './find.ts';
import { finish } from './finish.ts';
import { createSession, headSessions } from './sessions.ts';

/** @throws RuntimeError */
export async function onWasm(
	model: Found,
	options: LoadOptions,
	reasons: Reason[]
): Promise<LoadedModel> {
	const files = await bring(model, 'wasm-f32', options);
	const ort = await loadWasm(options.threads ?? threads());
	const provider = { name: 'wasm' } as const;
	const session = await createSession(ort, files.model, files.blob, provider);
	const sessions = files.head && (await headSessions(ort, files.head, files.blob, provider));
	if (!mayUseThreads()) {
		reasons.push({
			code: 'no-threads',
			message:
				'WebAssembly runs on one thread, because the page is not cross-origin isolated. Reload the page once; if that does not help, the server must send the headers COOP and COEP.'
		});
	}
	const never = new Promise<never>(() => {});
	const backend = new WasmBackend(ort, session, shapeOf(model.manifest));
	const head = sessions && { ort, sessions };
	return finish(model, files, backend, head, reasons, never, {
		backend: 'wasm',
		precision: 'f32',
		name: 'CPU',
		threads: ort.env.wasm.numThreads,
		versions: versions()
	});
}
