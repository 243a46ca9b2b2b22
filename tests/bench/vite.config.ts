import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The benchmark's page as plain files with relative addresses: any static server can serve them. */
export default defineConfig({
	root: fileURLToPath(new URL('page', import.meta.url)),
	base: './',
	logLevel: 'warn',
	build: {
		outDir: fileURLToPath(new URL('../../node_modules/.cache/tidar-bench', import.meta.url)),
		emptyOutDir: true,
		target: 'esnext',
		reportCompressedSize: false,
		chunkSizeWarningLimit: 2000
	}
});
