export * from './forward.ts';
export * from './history.ts';
export * from './likelihood.ts';
export * from './race.ts';
export * from './session.ts';
export * from './settings.ts';
export * from './step.ts';
export type { FeatureForward, Head, HeadPass, HeadRow } from './eagle3.ts';
export { decode, type Decoder, type Helpers } from './run.ts';
