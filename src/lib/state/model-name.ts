/** The model that the decoder page runs: a folder of static/models. */
export const MODEL = 'tidar-smollm2-135m';
/** The model that drafts for it in speculative decoding: another such folder. */
export const DRAFT = 'intern-17m';
