import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';

/** eslint's verdict on a file with this content, would it stand at this path. */
async function verdict(path: string, code: string): Promise<string[]> {
	const [result] = await new ESLint().lintText(code, { filePath: path });
	return result!.messages.map(({ message }) => message);
}

/** `npm run lint` holds the tree to the arrows; this holds the rule itself to them. */
describe('the arrows of the architecture are enforced', () => {
	test.each([
		[
			'engine/mask/x.ts',
			"import { ar } from '../decode/ar.ts';\nar;",
			'engine/mask may import only mask'
		],
		[
			'engine/decode/x.ts',
			"import '../runtime/half.ts';",
			'engine/decode may import only decode, mask, sampler'
		],
		[
			'engine/mask/x.ts',
			"import type { Step } from '../decode/step.ts';\nexport type A = Step;",
			'engine/mask may import only'
		],
		['engine/decode/x.ts', "import '../../src/hooks.ts';", 'The engine never imports the site'],
		[
			'src/x.ts',
			"import * as ort from 'onnxruntime-web';\nort;",
			'Only engine/runtime knows ONNX Runtime'
		]
	])('%s: %s', async (path, code, message) => {
		expect((await verdict(path, code)).join('\n')).toContain(message);
	});

	test('and an allowed arrow passes', async () => {
		expect(await verdict('engine/decode/x.ts', "import '../mask/layout.ts';\n")).toEqual([]);
	});
});
