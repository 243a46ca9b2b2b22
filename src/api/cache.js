import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where the API of this state of engine/ is kept, from one build to the next. */
export function cacheFile() {
	const hash = createHash('sha256').update(readFileSync('src/api/extract.js'));
	for (const file of readdirSync('engine', { recursive: true, encoding: 'utf8' }).sort()) {
		if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join('engine', file)));
	}
	return `node_modules/.cache/tidar-lab/api-${hash.digest('hex').slice(0, 16)}.json`;
}
