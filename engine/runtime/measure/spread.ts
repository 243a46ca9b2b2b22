/** Repeated measurements in few numbers: the median, the quartiles around it, and how many there were. */
export interface Spread {
	readonly median: number;
	/** 25 % of the measurements are below. */
	readonly low: number;
	/** 25 % are above. */
	readonly high: number;
	readonly n: number;
}

/** Median and quartiles (linear between neighbours). @throws RangeError without measurements. */
export function spreadOf(values: readonly number[]): Spread {
	if (values.length === 0) throw new RangeError('Spread: nothing was measured.');
	const sorted = [...values].sort((a, b) => a - b);
	const at = (share: number) => {
		const place = share * (sorted.length - 1);
		const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
		return below + (above - below) * (place - Math.floor(place));
	};
	return { median: at(0.5), low: at(0.25), high: at(0.75), n: sorted.length };
}
