/**
 * What a forward pass costs on an accelerator.
 *
 *     setup({ device, model, slots, batch, context, ... })   all choices, checked
 *     stepCost(setup)       time, bytes, FLOPs, bound, operators, memory fit, energy
 *     stepKernels(setup)    the same kernel by kernel, in execution order, for a timeline
 *     stepMs(setup)         the time alone
 *     stepBand(setup)       its 90 % band
 *     sweep(setup, axis, values), slotsWithin(setup, ratio), zoneOf(ratio)
 *     memoryFit(setup)      does it fit, and what would
 */
export * from './band.ts';
export * from './fits.ts';
export * from './kernel-sets.ts';
export * from './setup.ts';
export {
	fittedParameters,
	parts,
	stepCost,
	stepKernels,
	stepMs,
	type Bound,
	type Cost,
	type Kernel,
	type OperatorCost,
	type Part,
	type Parts,
	type StepCost
} from './step.ts';
export * from './sweep.ts';
export { parameterNames, ratesOf, type Parameters, type Rates } from './time.ts';
export { nearest } from './nearest.ts';
export type { Bytes, Operator } from './work.ts';
