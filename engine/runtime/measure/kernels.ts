/**
 * The small kernels that a device is measured with. They are plain on purpose: what an ordinary WGSL kernel reaches is
 * what a page gets, not what the datasheet promises.
 */

/** b = a, 16 bytes a thread. */
export const copyWgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> b: array<vec4<f32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
	if (id.x < arrayLength(&b)) { b[id.x] = a[id.x]; }
}`;

/** One addition by one thread: each dispatch has to wait for the one before. */
export const tickWgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> b: array<u32>;
@compute @workgroup_size(1)
fn main() { b[0] += 1u; }`;

const enable = (type: 'f32' | 'f16') => (type === 'f16' ? 'enable f16;' : '');

/** Side of the square of the result that one workgroup computes, and depth of what it holds of a and b at a time. */
export const TILE = 64;
const DEPTH = 16;

/**
 * c = a · b, all [N, N] row by row, N a multiple of 64. 16 x 16 threads, 4 x 4 results each; products and sums in
 * the type.
 */
export const matmulWgsl = (type: 'f32' | 'f16', n: number): string => /* wgsl */ `
${enable(type)}
alias T = vec4<${type}>;
const N4 = ${n / 4}u;
@group(0) @binding(0) var<storage, read> a: array<T>;
@group(0) @binding(1) var<storage, read> b: array<T>;
@group(0) @binding(2) var<storage, read_write> c: array<T>;
var<workgroup> ta: array<T, ${(TILE * DEPTH) / 4}>;
var<workgroup> tb: array<T, ${(TILE * DEPTH) / 4}>;
@compute @workgroup_size(16, 16)
fn main(@builtin(local_invocation_id) l: vec3<u32>, @builtin(workgroup_id) g: vec3<u32>) {
	let t = l.y * 16u + l.x;
	var acc: array<T, 4>;
	for (var k = 0u; k < ${n}u; k += ${DEPTH}u) {
		// a: 64 rows of 4 vectors; b: 16 rows of 16 vectors.
		ta[t] = a[(g.y * ${TILE}u + t / 4u) * N4 + k / 4u + t % 4u];
		tb[t] = b[(k + l.y) * N4 + g.x * ${TILE / 4}u + l.x];
		workgroupBarrier();
		for (var kk = 0u; kk < 4u; kk++) {
			let b0 = tb[(kk * 4u) * 16u + l.x];
			let b1 = tb[(kk * 4u + 1u) * 16u + l.x];
			let b2 = tb[(kk * 4u + 2u) * 16u + l.x];
			let b3 = tb[(kk * 4u + 3u) * 16u + l.x];
			for (var i = 0u; i < 4u; i++) {
				let v = ta[(l.y * 4u + i) * 4u + kk];
				acc[i] += v.x * b0 + v.y * b1 + v.z * b2 + v.w * b3;
			}
		}
		workgroupBarrier();
	}
	for (var i = 0u; i < 4u; i++) {
		c[(g.y * ${TILE}u + l.y * 4u + i) * N4 + g.x * ${TILE / 4}u + l.x] = acc[i];
	}
}`;

/** Writes element j of a buffer as `element(j)`. */
export const fillWgsl = (type: 'f32' | 'f16'): string => /* wgsl */ `
${enable(type)}
@group(0) @binding(0) var<storage, read_write> b: array<vec4<${type}>>;
fn element(j: u32) -> ${type} { return ${type}(f32(((j * 7919u) >> 3u) % 5u) - 2.0) / 4.0; }
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
	let j = id.x * 4u;
	if (id.x < arrayLength(&b)) {
		b[id.x] = vec4<${type}>(element(j), element(j + 1u), element(j + 2u), element(j + 3u));
	}
}`;

/** Element j of a filled buffer: -0.5, -0.25, 0, 0.25 or 0.5, exact in every type. */
export const element = (j: number): number => (((Math.imul(j, 7919) >>> 3) % 5) - 2) / 4;
