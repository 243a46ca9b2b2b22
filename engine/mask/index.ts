export * from './additive.ts';
export * from './layout.ts';
