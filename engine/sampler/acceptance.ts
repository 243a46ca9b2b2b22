import { normalise, type Distribution } from './distribution.ts';

/**
 * Speculative sampling (Leviathan, Kalman, Matias 2023, algorithm 1): a token drawn from q is accepted
 * with probability min(1, p/q); when it is not, the token is drawn anew from `residual`. What comes out
 * is distributed exactly as p.
 */
export function accepts(p: Distribution, q: Distribution, token: number, u: number): boolean {
	return u * q[token]! < p[token]!;
}

/**
 * max(0, p - q), made to sum to 1: where p has more than q gave. p itself where the two are equal, in
 * which case nothing is ever rejected.
 */
export function residual(p: Distribution, q: Distribution): Distribution {
	const rest = p.map((value, token) => Math.max(0, value - q[token]!));
	return rest.some((value) => value > 0) ? normalise(rest) : p;
}
