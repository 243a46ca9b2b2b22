import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/**
 * The arrows of the architecture: a folder of engine/ may import itself and what is listed.
 * @type {Record<string, string[]>}
 */
const arrows = {
	hardware: [],
	models: [],
	mask: [],
	sampler: [],
	tokenizer: [],
	cost: ['hardware', 'models'],
	timeline: ['cost', 'hardware', 'models'],
	decode: ['mask', 'sampler'],
	runtime: ['decode', 'mask'],
	protocol: ['decode', 'mask', 'runtime', 'tokenizer']
};

const zones = [
	...Object.entries(arrows).map(([room, allowed]) => ({
		target: `./engine/${room}`,
		from: './engine',
		except: [room, ...allowed].map((name) => `./${name}`),
		message: `engine/${room} may import only ${[room, ...allowed].join(', ')}.`
	})),
	{ target: './engine', from: './src', message: 'The engine never imports the site.' },
	{ target: './src', from: './engine/cli', message: 'The site does not import the command line.' }
];

export default ts.config(
	{
		ignores: [
			'.svelte-kit/',
			'build/',
			'pack/',
			'dist/',
			'src/lib/paraglide/',
			'static/',
			'test-results/',
			'engine/train/',
			'.carry/',
			'.venv/'
		]
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: {
			parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig }
		}
	},
	{
		plugins: { 'import-x': importX },
		settings: {
			'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })]
		},
		rules: {
			'import-x/no-restricted-paths': ['error', { zones }],
			'import-x/no-cycle': 'error',
			'no-restricted-imports': [
				'error',
				{
					patterns: [
						{ group: ['onnxruntime-*'], message: 'Only engine/runtime knows ONNX Runtime.' }
					]
				}
			],
			'no-undef': 'off',
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
			],
			// It does not know localizeHref; dead internal links fail the build instead.
			'svelte/no-navigation-without-resolve': 'off'
		}
	},
	{ files: ['engine/runtime/**'], rules: { 'no-restricted-imports': 'off' } }
);
