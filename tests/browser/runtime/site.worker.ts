// The site's worker, under Vitest: its server rewrites dynamic imports to calls of a helper that only
// pages have.
import '../../../src/workers/decoder.worker.ts';

Object.assign(globalThis, {
	__vitest_browser_runner__: { wrapDynamicImport: <T>(load: () => Promise<T>) => load() }
});
