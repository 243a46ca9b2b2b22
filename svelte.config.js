import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { mdsvex } from 'mdsvex';
import rehypeKatex from 'rehype-katex-svelte';
import rehypeSlug from 'rehype-slug';
import remarkMath from 'remark-math';
import { withList } from './src/offline/adapter.js';

/**
 * What lessons may write without importing it, so that a lesson is prose and nothing else.
 * @type {import('svelte/compiler').PreprocessorGroup}
 */
const lessonKit = {
	name: 'lesson-kit',
	markup: ({ content, filename }) =>
		filename?.includes('/lessons/') && filename.endsWith('.md')
			? {
					code: `${together(scrollable(content))}\n<script>\nimport { Cite, Claim, Deeper, Dial, Lit, Now, Num, Predict, Show, Term, Tool } from '$lib/components/learn/kit.ts';\n</script>`
				}
			: undefined
};

/** A displayed formula may be wider than a phone: the arrow keys scroll it, once it has the focus. */
const scrollable = (/** @type {string} */ content) =>
	content.replace(/class=(\\?")katex-display\1/g, '$& tabindex=$10$1');

/**
 * A comma must not begin a line because a number before it is a button: browsers break lines behind one. So the mark stays
 * with what it follows.
 */
const together = (/** @type {string} */ content) =>
	content.replace(
		/(<(?:Num|Now|Cite)\b[^<>]*\/>|<Term\b[^<>]*>[^<>]*<\/Term>)([，。：；、！？）”,.;:!?)]+)/g,
		'<span class="together">$1$2</span>'
	);

/**
 * SvelteKit allows its own scripts by their hash; app.html's is ours to name.
 * @type {`sha256-${string}`[]}
 */
const templateScripts = Array.from(
	readFileSync(new URL('src/app.html', import.meta.url), 'utf8').matchAll(
		/<script>([^]*?)<\/script>/g
	),
	([, script]) =>
		`sha256-${createHash('sha256')
			.update(script ?? '')
			.digest('base64')}`
);

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
		adapter: withList(adapter({ fallback: '404.html' })),
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['self'],
				'script-src': ['self', 'wasm-unsafe-eval', ...templateScripts],
				// ONNX Runtime starts its threads from a blob.
				'worker-src': ['self', 'blob:'],
				'connect-src': ['self', 'blob:', 'data:'],
				// KaTeX has small fonts within its style sheet.
				'font-src': ['self', 'data:'],
				'img-src': ['self', 'blob:', 'data:'],
				// Figures place things by style attributes, and so does KaTeX; style sheets come from files alone.
				'style-src': ['self', 'unsafe-inline'],
				'style-src-elem': ['self'],
				'style-src-attr': ['unsafe-inline'],
				'object-src': ['none'],
				'base-uri': ['none'],
				'form-action': ['self']
			}
		},
		// The layout registers it, and not while the site is worked on.
		serviceWorker: { register: false },
		alias: { $engine: 'engine', $lessons: 'lessons', $workers: 'src/workers' },
		typescript: {
			// svelte-check looks at src only; the engine, its tests and the configs are checked as well.
			config: (config) => ({
				...config,
				// The examples use the built package, which their test builds.
				exclude: [...(config.exclude ?? []), '../tests/examples'],
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
