export * from './bytes.ts';
export * from './tokenizer.ts';
