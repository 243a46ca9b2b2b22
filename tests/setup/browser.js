// Makes sure that a Chromium is there before the tests start: Playwright's own download first, and
// Debian's package where the machine reaches only that.
import { execFileSync } from 'node:child_process';
import { findChromium } from './chromium.js';

/**
 * @param {string} command
 * @param {string[]} args
 */
function attempt(command, args) {
	console.log(`$ ${command} ${args.join(' ')}`);
	try {
		execFileSync(command, args, {
			stdio: 'inherit',
			env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
		});
		return true;
	} catch {
		return false;
	}
}

const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
/** @param {string[]} args */
const apt = (...args) => {
	const [command, ...rest] = [...sudo, 'apt-get', ...args];
	return command !== undefined && attempt(command, rest);
};

if (!findChromium()) {
	if (!attempt('npx', ['playwright', 'install', '--with-deps', 'chromium']))
		console.log('Trying the system package.');
}
if (!findChromium()) {
	if (apt('update', '-qq')) apt('install', '-y', '-qq', 'chromium', 'fonts-noto-cjk');
}
if (!findChromium()) {
	console.error(
		'No Chromium found and none could be installed. Install one (for example: apt-get install chromium) ' +
			'or name it in the environment variable CHROMIUM, then run npm test again.'
	);
	process.exit(1);
}
console.log(`Browser for the tests: ${findChromium()}`);
