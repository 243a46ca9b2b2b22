/** Milliseconds of a decode step of TiDAR, measured. */
export interface StepTime {
	/** Drafts a step and masks a block; the step computes k + k² slots. */
	readonly k: number;
	readonly ms: number;
}

/** Tokens per forward pass with k drafts. */
export interface Yield {
	readonly k: number;
	readonly tokensPerPass: number;
}

export interface ShapeOption extends StepTime, Yield {
	readonly slots: number;
	readonly tokensPerSecond: number;
}

export interface ShapeChoice {
	/** 'ar' where no k is faster than one token a pass on this device. */
	readonly decoder: 'tidar' | 'ar';
	/** The best k, also where AR is faster still. */
	readonly k: number;
	/** Tokens per second of the best k over those of AR. */
	readonly overAr: number;
	readonly ar: { readonly ms: number; readonly tokensPerSecond: number };
	/** Every k from 1 to the largest measured; what lies between measurements is interpolated. */
	readonly options: readonly ShapeOption[];
	/** Whether the model's T/NFE was evaluated or assumed (see `assumedYield`). */
	readonly basis: 'evaluated' | 'assumed';
}

/**
 * A model that was not evaluated is assumed to accept each further draft with this probability, which
 * gives T/NFE = (1 - a^k) / (1 - a): 2.18, 2.46 and 2.50 for k = 4, 8, 16. The first weights of
 * TiDAR-SmolLM2-135M had 2.21, 2.43 and 2.45.
 */
const ASSUMED_ACCEPTANCE = 0.6;

/** Speeds closer than this are taken for equal, and the smaller k wins: medians vary that much. */
const NOISE = 0.02;

/** Expected tokens per pass where nothing is known of the model. */
export const assumedYield = (k: number): number =>
	(1 - ASSUMED_ACCEPTANCE ** k) / (1 - ASSUMED_ACCEPTANCE);

/**
 * The k with which a device writes most tokens per second: T/NFE(k) / step time(k). More slots bring more
 * tokens a pass while they cost less than they bring; where slots are not free, that ends early.
 *
 * @param ar milliseconds of a one-slot step
 * @param steps measured steps, at least one
 * @param yields the model's T/NFE for some k; null where it was not evaluated
 * @throws RangeError where nothing, or a time that is no positive number, was measured
 */
export function bestShape(
	ar: number,
	steps: readonly StepTime[],
	yields: readonly Yield[] | null
): ShapeChoice {
	if (steps.length === 0) throw new RangeError('Best shape: no step was measured.');
	const wrong = [ar, ...steps.map(({ ms }) => ms)].find((ms) => !(ms > 0 && ms < Infinity));
	if (wrong !== undefined) {
		throw new RangeError(`Best shape: a step cannot take ${wrong} ms; measure again.`);
	}
	const times = [...steps].sort((a, b) => a.k - b.k).map(({ k, ms }) => [k, ms] as const);
	const evaluated = yields && yields.length > 0 ? yields : undefined;
	const known = evaluated && [
		// One draft, certain: one token.
		[1, 1] as const,
		...[...evaluated]
			.sort((a, b) => a.k - b.k)
			.filter(({ k }) => k > 1)
			.map(({ k, tokensPerPass }) => [k, tokensPerPass] as const)
	];
	const options: ShapeOption[] = [];
	for (let k = times[0]![0]; k <= times.at(-1)![0]; k++) {
		const ms = interpolate(times, k);
		const tokensPerPass = known ? interpolate(known, k) : assumedYield(k);
		const tokensPerSecond = (1000 * tokensPerPass) / ms;
		options.push({ k, slots: k + k * k, ms, tokensPerPass, tokensPerSecond });
	}
	const most = Math.max(...options.map(({ tokensPerSecond }) => tokensPerSecond));
	const best = options.find(({ tokensPerSecond }) => tokensPerSecond >= most * (1 - NOISE))!;
	const arSpeed = 1000 / ar;
	return {
		decoder: best.tokensPerSecond > arSpeed ? 'tidar' : 'ar',
		k: best.k,
		overAr: best.tokensPerSecond / arSpeed,
		ar: { ms: ar, tokensPerSecond: arSpeed },
		options,
		basis: evaluated ? 'evaluated' : 'assumed'
	};
}

/** Tokens per forward pass of a candidate tree of a budget of slots with blocks of k masks. */
export interface TreeYield {
	readonly slots: number;
	readonly k: number;
	readonly tokensPerPass: number;
}

export interface TreeOption extends TreeYield {
	readonly ms: number;
	readonly tokensPerSecond: number;
	/** Times AR's tokens per second. */
	readonly overAr: number;
}

/**
 * The candidate tree with which a device writes most tokens per second, and of those as fast the smallest: a step costs
 * what a chain of as many slots was measured to cost. Budgets beyond the largest step measured are left out; undefined
 * where that leaves none.
 */
export function bestTree(
	{ ar, options }: Pick<ShapeChoice, 'ar' | 'options'>,
	trees: readonly TreeYield[]
): TreeOption | undefined {
	const times = [[1, ar.ms] as const, ...options.map(({ slots, ms }) => [slots, ms] as const)];
	const found = trees
		.filter(({ slots }) => slots <= times.at(-1)![0])
		.sort((a, b) => a.slots - b.slots)
		.map((tree) => {
			const ms = interpolate(times, tree.slots);
			const tokensPerSecond = (1000 * tree.tokensPerPass) / ms;
			return { ...tree, ms, tokensPerSecond, overAr: tokensPerSecond / ar.tokensPerSecond };
		});
	const most = Math.max(...found.map(({ tokensPerSecond }) => tokensPerSecond));
	return found.find(({ tokensPerSecond }) => tokensPerSecond >= most * (1 - NOISE));
}

/** Linear between points of ascending x, constant beyond them. */
function interpolate(points: readonly (readonly [number, number])[], x: number): number {
	let [x0, y0] = points[0]!;
	for (const [x1, y1] of points) {
		if (x <= x1) return x1 === x0 ? y1 : x < x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
		[x0, y0] = [x1, y1];
	}
	return y0;
}
