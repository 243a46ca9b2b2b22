import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { mdsvex } from 'mdsvex';
import rehypeKatex from 'rehype-katex-svelte';
import rehypeSlug from 'rehype-slug';
import remarkMath from 'remark-math';

/**
 * What lessons may write without importing it, so that a lesson is prose and nothing else.
 * @type {import('svelte/compiler').PreprocessorGroup}
 */
const lessonKit = {
	name: 'lesson-kit',
	markup: ({ content, filename }) =>
		filename?.includes('/lessons/') && filename.endsWith('.md')
			? {
					code: `${content}\n<script>\nimport { Cite, Claim, Deeper, Lit, Num, Predict, Show, Term, Tool } from '$lib/components/learn/kit.ts';\n</script>`
				}
			: undefined
};

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
		}),
		lessonKit
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
				include: [
					...config.include,
					'../engine/**/*.ts',
					'../lessons/**/*.ts',
					'../tests/**/*.ts',
					'../*.config.ts'
				]
			})
		},
		paths: { base: process.env.BASE_PATH ?? '', relative: false }
	}
};
