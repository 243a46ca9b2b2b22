import { spawn } from 'node:child_process';

/**
 * All of `npm test`, as quickly as two cores allow. A software GPU keeps one core busy, WebAssembly's one thread the
 * other, so the tests in Chromium run beside those in Node. The first part that fails ends it.
 */
const parts = [
	['node tests/setup/browser.js', 'npm run sync'],
	['npm run types', 'npm run lint'],
	['npm run test:node', 'npm run test:browser'],
	['npm run test:e2e']
];

/**
 * Starts a command: `done` resolves when it has succeeded.
 * @param {string} command
 */
function run(command) {
	const child = spawn(command, { shell: true, stdio: 'inherit', detached: true });
	/** @type {Promise<void>} */
	const done = new Promise((resolve, reject) => {
		child.on('exit', (code, signal) =>
			code === 0 ? resolve() : reject(new Error(`${command} ended with ${signal ?? code}.`))
		);
	});
	// The whole group: npm, vitest and the browser that it started.
	const stop = () => {
		if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGTERM');
	};
	return { done, stop };
}

/** @type {Set<ReturnType<typeof run>>} */
const running = new Set();
process.on('SIGINT', () => {
	for (const { stop } of running) stop();
});

for (const commands of parts) {
	const started = performance.now();
	const jobs = commands.map(run);
	for (const job of jobs) running.add(job);
	try {
		await Promise.all(jobs.map(({ done }) => done));
	} catch (error) {
		for (const { stop } of jobs) stop();
		console.error(`\n${error instanceof Error ? error.message : error}`);
		process.exit(1);
	}
	for (const job of jobs) running.delete(job);
	const seconds = Math.round((performance.now() - started) / 1000);
	console.log(`\n${commands.join(' and ')}: ${seconds} s\n`);
}
