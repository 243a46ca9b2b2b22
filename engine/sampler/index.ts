export * from './acceptance.ts';
export * from './distribution.ts';
export * from './random.ts';
