export * from './custom.ts';
export * from './device.ts';
export * from './devices.ts';
export { sourceOf, sources, type Source, type SourceId } from './sources.ts';
