import { findDevice } from '../../engine/hardware/index.ts';
import { findModel, parameters } from '../../engine/models/index.ts';

/** The GPU and the model that most numbers of the lessons are about. */
export const h100 = findDevice('h100-sxm')!;
export const eight = findModel('qwen3-8b')!;
/** GB/s */
export const bandwidth = h100.bandwidth.value;
/** TFLOP/s, bf16 */
export const peak = h100.rates.bf16.value;
/** Bytes of the weights in 16 bits. */
export const eightBytes = 2 * parameters(eight).total;
/** FLOP of a token: two a weight. */
export const eightFlops = 2 * parameters(eight).total;
