/** The model that the decoder page runs: a folder of static/models. */
export const MODEL = 'tidar-smollm2-135m';
