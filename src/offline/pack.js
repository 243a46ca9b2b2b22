/**
 * npm run pack [-- --base /PATH] [-- --built]: the site as a folder and a zip that any static server can serve, from a
 * USB stick as well. `src/offline/README-pack.txt` goes along and says how.
 */
import { execFileSync } from 'node:child_process';
import {
	closeSync,
	cpSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
	writeSync
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

const OUT = 'pack';
const NAME = 'tidar-lab';
const help = `npm run pack -- [--base /PATH] [--built]

Writes ${OUT}/${NAME}/ and ${OUT}/${NAME}.zip: the built site, the model included, and a README.txt.
  --base /PATH  the path under which a server will offer it (default: at the top)
  --built       packs build/ as it is instead of building anew
`;

/** @param {string} sentence */
function refuse(sentence) {
	process.stderr.write(`${sentence}\n`);
	process.exit(2);
}

/** @returns {{ base: string, built: boolean }} */
function options() {
	try {
		const { values } = parseArgs({
			options: {
				base: { type: 'string', default: '' },
				built: { type: 'boolean', default: false },
				help: { type: 'boolean', default: false }
			}
		});
		if (values.help) {
			process.stdout.write(help);
			process.exit(0);
		}
		return { base: values.base.replace(/\/+$/, ''), built: values.built };
	} catch (error) {
		refuse(`${error instanceof Error ? error.message : error}\n${help}`);
		throw error;
	}
}

const { base, built } = options();
if (base !== '' && !/^(\/[\w.~-]+)+$/.test(base))
	refuse(`--base must look like /tidar-lab, not '${base}'.`);
if (built && base)
	refuse('--base is built in: leave out --built, so that the site is built for it.');
if (built && !existsSync('build/index.html')) refuse('There is no build. Leave out --built.');

if (!built) {
	execFileSync('npx', ['vite', 'build', '--logLevel', 'warn'], {
		stdio: 'inherit',
		env: { ...process.env, BASE_PATH: base }
	});
}

rmSync(OUT, { recursive: true, force: true });
// The folder has the base's name, so that serving the folder above it gives the right addresses.
const site = join(OUT, NAME, base);
mkdirSync(site, { recursive: true });
cpSync('build', site, { recursive: true });
const readme = readFileSync(new URL('README-pack.txt', import.meta.url), 'utf8');
// A line feed alone is one long line in old editors.
writeFileSync(
	join(OUT, NAME, 'README.txt'),
	readme.replaceAll('{path}', `${base}/`).replaceAll('\n', '\r\n')
);
const bytes = writeZip(join(OUT, `${NAME}.zip`), join(OUT, NAME));
process.stdout.write(
	`${OUT}/${NAME}/ and ${OUT}/${NAME}.zip (${(bytes / 1e6).toFixed(0)} MB), to be served at ${base}/\n`
);

/**
 * Zips a folder, a file at a time, so that memory holds one file of it.
 * @param {string} zip
 * @param {string} folder
 */
function writeZip(zip, folder) {
	const out = openSync(zip, 'w');
	let bytes = 0;
	const archive = new Zip((error, chunk) => {
		if (error) throw error;
		bytes += writeSync(out, chunk);
	});
	for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		if (!file.isFile()) continue;
		const path = join(file.parentPath ?? file.path, file.name);
		const name = `${NAME}/${path.slice(folder.length + 1).replaceAll('\\', '/')}`;
		// Weights, fonts and pictures do not get smaller.
		const entry = /\.(bin|woff2?|png)$/.test(name)
			? new ZipPassThrough(name)
			: new ZipDeflate(name, { level: 6 });
		archive.add(entry);
		entry.push(readFileSync(path), true);
	}
	archive.end();
	closeSync(out);
	return bytes;
}
