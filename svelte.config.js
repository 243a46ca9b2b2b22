import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { mdsvex } from 'mdsvex';
import rehypeKatex from 'rehype-katex-svelte';
import rehypeSlug from 'rehype-slug';
import remarkMath from 'remark-math';

/** @type {import('@sveltejs/kit').Config} */
export default {
	extensions: ['.svelte', '.md'],
	preprocess: [
		vitePreprocess(),
		mdsvex({
			extensions: ['.md'],
			smartypants: false,
			remarkPlugins: [remarkMath],
			rehypePlugins: [rehypeSlug, rehypeKatex]
		})
	],
	vitePlugin: {
		// mdsvex still writes `context="module"`; nothing in a lesson can change that.
		onwarn(warning, next) {
			if (warning.code === 'script_context_deprecated' && warning.filename?.endsWith('.md')) return;
			next(warning);
		}
	},
	kit: {
		adapter: adapter({ fallback: '404.html' }),
		alias: { $engine: 'engine', $lessons: 'lessons', $workers: 'src/workers' },
		typescript: {
			// svelte-check looks at src only; the engine, its tests and the configs are checked as well.
			config: (config) => ({
				...config,
				include: [...config.include, '../engine/**/*.ts', '../tests/**/*.ts', '../*.config.ts']
			})
		},
		paths: { base: process.env.BASE_PATH ?? '', relative: false }
	}
};
