// Writes src/lib/paraglide (git-ignored) for tools that run without Vite: svelte-check, eslint.
import { compile } from '@inlang/paraglide-js';
import config from './paraglide.config.js';

await compile(config);
