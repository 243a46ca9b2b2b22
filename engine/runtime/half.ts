/**
 * IEEE 754 binary16 in arrays of 16-bit patterns, for weights that are stored as float16 and for devices
 * that compute in it. (`Float16Array` is not everywhere yet.)
 */

let table: Float32Array | undefined;

/** The value of every one of the 65,536 bit patterns. */
function values(): Float32Array {
	if (table) return table;
	table = new Float32Array(65536);
	for (let bits = 0; bits < 65536; bits++) {
		const sign = bits & 0x8000 ? -1 : 1;
		const exponent = (bits >> 10) & 31;
		const fraction = bits & 1023;
		table[bits] =
			exponent === 31
				? fraction
					? NaN
					: sign * Infinity
				: exponent === 0
					? sign * fraction * 2 ** -24
					: sign * (1024 + fraction) * 2 ** (exponent - 25);
	}
	return table;
}

/** float16 bit patterns → float32 values, exactly. */
export function fromHalf(halves: Uint16Array, out = new Float32Array(halves.length)): Float32Array {
	const value = values();
	for (let i = 0; i < halves.length; i++) out[i] = value[halves[i]!]!;
	return out;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** float32 values → the nearest float16 bit patterns, ties to even; too large becomes infinite. */
export function toHalf(floats: Float32Array, out = new Uint16Array(floats.length)): Uint16Array {
	for (let i = 0; i < floats.length; i++) {
		float[0] = floats[i]!;
		const word = bits[0]!;
		const sign = (word >>> 16) & 0x8000;
		const magnitude = word & 0x7fffffff;
		if (magnitude > 0x7f800000) out[i] = sign | 0x7e00;
		else if (magnitude >= 0x477ff000) out[i] = sign | 0x7c00;
		else if (magnitude < 0x38800000) {
			// Subnormal in float16: a multiple of 2^-24. Rounding to even at that step is Math's job.
			float[0] = Math.abs(floats[i]!) * 2 ** 24;
			out[i] = sign | roundToEven(float[0]!);
		} else {
			const odd = (magnitude >>> 13) & 1;
			out[i] = sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
		}
	}
	return out;
}

function roundToEven(value: number): number {
	const floor = Math.floor(value);
	const rest = value - floor;
	return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
