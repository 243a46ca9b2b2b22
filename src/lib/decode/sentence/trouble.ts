import type { Failure } from '$engine/protocol/failure.ts';
import { adviceFor, type Advice } from '../advice.ts';
import { m } from '$lib/paraglide/messages';
import { bytes } from '../number.ts';
import { LARGEST, type SessionProblem } from '../parse.ts';

/** What is wrong with a file that was to be opened as a session. */
export function tellProblem(problem: SessionProblem): string {
	switch (problem.kind) {
		case 'not-json':
			return m.file_not_json();
		case 'too-large':
			return m.file_too_large({ size: bytes(problem.bytes), most: bytes(LARGEST) });
		case 'version':
			return m.file_version({ found: problem.found });
		case 'field':
			return m.file_field({
				at: problem.at || '/',
				expected: problem.expected,
				found: problem.found
			});
		case 'step':
			return m.file_step({ step: problem.step, at: problem.at });
	}
}

/** What the engine reports by a code: why it fell back, what the reader should know, why it failed. */
const codes: Record<string, () => string> = {
	'no-webgpu': m.code_no_webgpu,
	'no-adapter': m.code_no_adapter,
	'no-device': m.code_no_device,
	'software-gpu': m.code_software_gpu,
	'no-replay': m.code_no_replay,
	'no-fused': m.code_no_fused,
	'device-lost': m.code_device_lost,
	session: m.code_session,
	'no-threads': m.code_no_threads,
	'no-shader-f16': m.code_no_shader_f16,
	'storage-full': m.code_storage_full,
	'storage-none': m.code_storage_none
};
const failures: Partial<Record<Failure['code'], () => string>> = {
	'device-lost': m.code_device_lost,
	network: m.code_network,
	'not-found': m.code_not_found,
	corrupt: m.code_corrupt,
	'empty-prompt': m.problem_empty,
	worker: m.code_worker
};

/** A fallback or a notice; one that has no words of ours speaks with the engine's. */
export function tellFallback(code: string, message: string): string {
	const said = codes[code]?.() ?? message;
	if (code !== 'no-webgpu' && code !== 'no-adapter') return said;
	return m.sentences({
		first: said,
		second: advice[adviceFor(navigator.userAgent, isSecureContext)]()
	});
}

const advice = {
	insecure: m.advice_insecure,
	safari: m.advice_safari,
	firefox: m.advice_firefox,
	linux: m.advice_linux,
	chromium: m.advice_chromium
} satisfies Record<Advice, () => string>;

/** What failed, and what to do. */
export const tellFailure = ({ code, message }: Failure): string =>
	failures[code]?.() ?? m.code_other({ message });
