import { spawn } from 'node:child_process';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { playwright } from '@vitest/browser-playwright';
import type { Connect, Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import paraglide from './src/i18n/paraglide.config.js';
import { chromiumArgs, findChromium } from './tests/setup/chromium.js';

/** Cross-origin isolation, so that WebAssembly may use threads. */
const isolation = {
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Cross-Origin-Embedder-Policy': 'require-corp'
};

function isolate(): Plugin {
	const use = ({ middlewares }: { middlewares: Connect.Server }) => {
		middlewares.use((_request, response, next) => {
			for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
			next();
		});
	};
	return { name: 'isolate', configureServer: use, configurePreviewServer: use };
}

/** Reads the doc comments while the rest is built: the pages of /api, drawn at the end, find them then. */
function readApiAhead(): Plugin {
	let server = false;
	return {
		name: 'read-api-ahead',
		apply: 'build',
		configResolved: ({ build }) => void (server = Boolean(build.ssr)),
		// SvelteKit builds the server, then the browser's part: once is enough.
		buildStart() {
			if (server) spawn(process.execPath, ['src/api/extract.js'], { stdio: 'inherit' });
		}
	};
}

export default defineConfig({
	plugins: [isolate(), readApiAhead(), paraglideVitePlugin(paraglide), sveltekit()],
	worker: { format: 'es' },
	server: { headers: isolation },
	optimizeDeps: {
		// Code that /api shows and nobody runs.
		exclude: ['tidar-lab/hardware', 'tidar-lab/models'],
		// Found late, these would make the dev server reload in the middle of a test.
		include: [
			'onnxruntime-web/jspi',
			'onnxruntime-web/webgpu',
			'@huggingface/tokenizers',
			'valibot',
			'd3',
			'comlink',
			'bits-ui'
		]
	},
	test: {
		projects: [
			{
				extends: true,
				test: {
					name: 'unit',
					environment: 'node',
					include: ['tests/unit/**/*.test.ts'],
					setupFiles: ['tests/setup/fast-check.ts'],
					testTimeout: 60_000
				}
			},
			{
				extends: true,
				test: {
					name: 'parity',
					environment: 'node',
					include: ['tests/parity/**/*.test.ts'],
					testTimeout: 600_000,
					hookTimeout: 120_000,
					fileParallelism: false
				}
			},
			{
				extends: true,
				test: {
					name: 'browser',
					include: ['tests/browser/**/*.test.ts'],
					testTimeout: 120_000,
					// A machine with two busy cores takes its time.
					expect: { poll: { timeout: 20_000 } },
					browser: {
						enabled: true,
						headless: true,
						screenshotFailures: false,
						provider: playwright({
							launchOptions: { executablePath: findChromium(), args: chromiumArgs }
						}),
						instances: [{ browser: 'chromium' }]
					}
				}
			}
		]
	}
});
