/** What a lesson may write in its prose; svelte.config.js imports it into every lesson. */
export { default as Cite } from './Cite.svelte';
export { default as Claim } from './Claim.svelte';
export { default as Deeper } from './Deeper.svelte';
export { default as Dial } from './Dial.svelte';
export { default as Lit } from './Lit.svelte';
export { default as Now } from './Now.svelte';
export { default as Num } from './Num.svelte';
export { default as Predict } from './Predict.svelte';
export { default as Show } from './Show.svelte';
export { default as Term } from './Term.svelte';
export { default as Tool } from './Tool.svelte';
