// node src/offline/icons.js: draws static/icons from static/favicon.svg, on paper and within the circle that a phone may cut out.
import { readFileSync, mkdirSync } from 'node:fs';
import { chromium } from 'playwright';
import { findChromium } from '../../tests/setup/chromium.js';

const svg = readFileSync('static/favicon.svg', 'utf8');
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
mkdirSync('static/icons', { recursive: true });
for (const size of [192, 512]) {
	const page = await browser.newPage({ viewport: { width: size, height: size } });
	await page.setContent(
		`<style>body{margin:0;display:grid;place-items:center;height:100vh;background:#fbfaf7}svg{width:62vw}</style>${svg}`
	);
	await page.screenshot({ path: `static/icons/icon-${size}.png` });
}
await browser.close();
