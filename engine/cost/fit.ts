import { logError, type Point } from './measurements.ts';
import { parameterNames, type Parameters } from './time.ts';

/** A set of points and what one of them weighs in the fit. */
export interface WeightedSet {
	readonly points: readonly Point[];
	readonly weight: number;
}

/** Log errors beyond this count linearly, not squared (pseudo-Huber). */
const ROBUST = 0.03;

type Vector = number[];
const toVector = (p: Parameters): Vector => parameterNames.map((name) => Math.log(p[name]));
const fromVector = (v: Vector): Parameters =>
	Object.fromEntries(
		parameterNames.map((name, i) => [name, Math.exp(v[i]!)])
	) as unknown as Parameters;

/**
 * Fits the parameters' logarithms to log errors with a robust loss, by Levenberg and Marquardt's
 * method with reweighted least squares. Deterministic. Only those in `free` move.
 */
export function fit(
	sets: readonly WeightedSet[],
	start: Parameters,
	rounds = 25,
	free: readonly (keyof Parameters)[] = parameterNames
): Parameters {
	const points = sets.flatMap((s) => s.points.map((point) => ({ point, weight: s.weight })));
	const residuals = (v: Vector) => {
		const p = fromVector(v);
		return points.map(({ point }) => logError(point, p));
	};
	const loss = (r: Vector) =>
		r.reduce((sum, e, i) => sum + points[i]!.weight * (Math.sqrt(1 + (e / ROBUST) ** 2) - 1), 0);
	const prior = toVector(start);
	let v = [...prior];
	let r = residuals(v);
	let best = loss(r);
	let damping = 1e-2;
	for (let round = 0; round < rounds; round++) {
		const jacobian = v.map((value, k) => {
			if (!free.includes(parameterNames[k]!)) return r.map(() => 0);
			const moved = [...v];
			moved[k] = value + 1e-4;
			return residuals(moved).map((e, i) => (e - r[i]!) / 1e-4);
		});
		const w = r.map((e, i) => points[i]!.weight / Math.sqrt(1 + (e / ROBUST) ** 2));
		const normal = jacobian.map((a) =>
			jacobian.map((b) => a.reduce((sum, x, i) => sum + w[i]! * x * b[i]!, 0))
		);
		const gradient = jacobian.map((a) => a.reduce((sum, x, i) => sum + w[i]! * x * r[i]!, 0));
		let improved = false;
		for (let tries = 0; tries < 8 && !improved; tries++) {
			// A parameter that no point depends on stays where it is.
			const damped = normal.map((row, i) =>
				row.map((x, j) => (i === j ? x * (1 + damping) + 1e-9 : x))
			);
			const stepBy = solve(damped, gradient);
			const next = v.map((value, i) => value - Math.max(-0.5, Math.min(0.5, stepBy[i]!)));
			const nextR = residuals(next);
			const nextLoss = loss(nextR);
			if (nextLoss < best) {
				improved = true;
				const gain = best - nextLoss;
				[v, r, best] = [next, nextR, nextLoss];
				damping = Math.max(1e-6, damping / 4);
				if (gain < 1e-6 * best) return fromVector(v);
			} else damping *= 6;
		}
		if (!improved) break;
	}
	return fromVector(v);
}

/** Solves a small symmetric system by Gaussian elimination with pivoting. */
function solve(a: number[][], b: number[]): number[] {
	const n = b.length;
	const m = a.map((row, i) => [...row, b[i]!]);
	for (let col = 0; col < n; col++) {
		let pivot = col;
		for (let row = col + 1; row < n; row++) {
			if (Math.abs(m[row]![col]!) > Math.abs(m[pivot]![col]!)) pivot = row;
		}
		[m[col], m[pivot]] = [m[pivot]!, m[col]!];
		for (let row = 0; row < n; row++) {
			if (row === col) continue;
			const factor = m[row]![col]! / m[col]![col]!;
			for (let k = col; k <= n; k++) m[row]![k] = m[row]![k]! - factor * m[col]![k]!;
		}
	}
	return m.map((row, i) => row[n]! / row[i]!);
}

/** Draws as many points as there are, with replacement, from each set. */
export const resample = (sets: readonly WeightedSet[], random: () => number): WeightedSet[] =>
	sets.map(({ points, weight }) => ({
		weight,
		points: points.map(() => points[Math.floor(random() * points.length)]!)
	}));
