export { RuntimeError, type RuntimeErrorCode } from './errors.ts';
export { loadModel, type LoadedModel, type LoadOptions, type Reason } from './load.ts';
