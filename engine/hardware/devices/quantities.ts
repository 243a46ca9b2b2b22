import type { Quantity } from '../device.ts';
import type { SourceId } from '../sources.ts';

/** Makes numbers of one source. */
export const from =
	(source: SourceId) =>
	(value: number): Quantity => ({ value, source });

const assumed = from('assumed-as-h100');
export const webgpu = from('webgpu-dispatch');

/** Microseconds of one WebGPU dispatch, by the API underneath. */
export const VULKAN = 30;
export const METAL = 51;

/** Launch costs where nobody measured: a graph node and a host launch as on the H100. */
export const launch = (dispatch: number) => ({
	graph: assumed(1.283),
	single: assumed(6.637),
	webgpu: webgpu(dispatch)
});
