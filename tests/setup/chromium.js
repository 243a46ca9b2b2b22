import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

const places = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
];

/**
 * The Chromium that browser tests run in: the one named by $CHROMIUM or $CHROME_PATH, the system's, or the one that
 * Playwright downloaded. Undefined when the machine has none (`npm test` installs one first).
 * @returns {string | undefined}
 */
export function findChromium() {
	const asked = process.env.CHROMIUM ?? process.env.CHROME_PATH;
	if (asked) return asked;
	return [...places, chromium.executablePath()].find((path) => existsSync(path));
}

/** WebGPU on the software device (SwiftShader), so that tests need no GPU. */
export const webgpuArgs = [
	'--enable-unsafe-webgpu',
	'--enable-features=Vulkan,WebGPU',
	'--use-webgpu-adapter=swiftshader',
	'--use-vulkan=swiftshader',
	'--enable-dawn-features=allow_unsafe_apis'
];

export const baseArgs = [
	'--no-sandbox',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

export const chromiumArgs = [...baseArgs, ...webgpuArgs];
