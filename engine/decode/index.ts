export * from './forward.ts';
export * from './session.ts';
export * from './settings.ts';
export * from './step.ts';
export { decode, type Decoder } from './run.ts';
