import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * All of `npm test`, as quickly as two cores allow: a queue of jobs, each started as soon as a core is free and what
 * it needs is done, the longest first. The first that fails ends it all.
 *
 * Two run at once, however many cores there are: a software GPU and WebAssembly's one thread keep two busy.
 *
 * @typedef {{ command: string, after?: string[], env?: Record<string, string> }} Job
 */
const SLOTS = Math.min(2, availableParallelism());

/** Each run has a server and a folder of its own: two go side by side. */
const e2e = (/** @type {string} */ project, shard = '') =>
	`npx playwright test -c tests/e2e/playwright.config.ts --workers 1 --project ${project} ${shard} --output test-results/${project}${shard.replace(/\D+/g, '-')}`;

/** @type {Record<string, Job>} */
const jobs = {
	browser: { command: 'node tests/setup/browser.js' },
	words: { command: 'npm run sync' },
	// Alone: whatever else sets up SvelteKit meanwhile would change the build's names.
	build: { command: 'npm run build', after: ['browser', 'words'] },
	components: { command: 'npm run test:browser', after: ['build'] },
	'unit and parity': { command: 'npm run test:node', after: ['build'] },
	'site, one half': {
		command: e2e('plain', '--shard 1/2'),
		after: ['build'],
		env: { PORT: '4173' }
	},
	'site, the other': {
		command: e2e('plain', '--shard 2/2'),
		after: ['build'],
		env: { PORT: '4174' }
	},
	webgpu: { command: e2e('webgpu'), after: ['build'], env: { PORT: '4175' } },
	types: { command: 'npm run types', after: ['build'] },
	lint: { command: 'npm run lint', after: ['build'] }
};

/** What a job prints comes out in one piece when it ends: two at once would be unreadable. */
function run(/** @type {string} */ name) {
	const { command, env } = /** @type {Job} */ (jobs[name]);
	const started = performance.now();
	console.log(`${name}: started`);
	const child = spawn(command, { shell: true, detached: true, env: { ...process.env, ...env } });
	/** @type {Buffer[]} */
	const printed = [];
	child.stdout.on('data', (piece) => printed.push(piece));
	child.stderr.on('data', (piece) => printed.push(piece));
	child.on('close', (code, signal) => {
		const seconds = Math.round((performance.now() - started) / 1000);
		process.stdout.write(Buffer.concat(printed));
		console.log(`\n${name} (${command}): ${seconds} s\n`);
		running.delete(name);
		if (code === 0) {
			done.add(name);
			next();
		} else if (!failed) {
			failed = true;
			stop();
			console.error(`${name} (${command}) ended with ${signal ?? code}.`);
			process.exitCode = 1;
		}
	});
	running.set(name, child);
}

/**
 * Ends what runs, the whole groups: npm, vitest and the browsers that they started. By SIGINT, upon which Playwright ends
 * its server, too: it is in a group of its own, and its port would be taken the next time.
 */
function stop() {
	for (const { pid } of running.values()) if (pid) process.kill(-pid, 'SIGINT');
}

/** Starts what can be started. */
function next() {
	for (const [name, { after = [] }] of Object.entries(jobs)) {
		if (failed || running.size >= SLOTS) return;
		const begun = running.has(name) || done.has(name);
		if (!begun && after.every((other) => done.has(other))) run(name);
	}
}

/** @type {Map<string, ReturnType<typeof spawn>>} */
const running = new Map();
/** @type {Set<string>} */
const done = new Set();
let failed = false;
process.on('SIGINT', () => {
	failed = true;
	process.exitCode = 130;
	stop();
});
const started = performance.now();
process.on('exit', () =>
	console.log(`npm test: ${Math.round((performance.now() - started) / 1000)} s`)
);
next();
