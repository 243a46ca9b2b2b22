import { defineConfig } from '@playwright/test';
import { baseArgs, findChromium, webgpuArgs } from '../setup/chromium.js';

/**
 * The built site in a real Chromium. Two browsers: one with WebGPU on a software device, one without WebGPU.
 * A software device needs seconds for a pass, so the time limits are wide; nothing is timed.
 */
const port = Number(process.env.PORT ?? 4173);
const address = `http://localhost:${port}`;
const launch = (args: string[]) => ({ launchOptions: { executablePath: findChromium(), args } });

export default defineConfig({
	testDir: '.',
	outputDir: '../../test-results',
	timeout: 600_000,
	expect: { timeout: 60_000 },
	workers: 2,
	fullyParallel: false,
	forbidOnly: true,
	reporter: 'list',
	use: {
		baseURL: address,
		viewport: { width: 1280, height: 900 },
		serviceWorkers: 'block'
	},
	projects: [
		{ name: 'webgpu', testMatch: /webgpu\.test\.ts/, use: launch([...baseArgs, ...webgpuArgs]) },
		{
			name: 'plain',
			// What `npm run pack` made is there only after it ran: `npm run test:pack`.
			testIgnore: process.env.PACKED ? /webgpu\.test\.ts/ : /(webgpu|packed)\.test\.ts/,
			use: launch([...baseArgs, '--disable-features=WebGPU'])
		}
	],
	webServer: {
		command: `npx vite preview --port ${port} --strictPort`,
		cwd: '../..',
		url: `${address}/`,
		reuseExistingServer: !process.env.CI
	}
});
