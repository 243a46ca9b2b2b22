/** A walk along one row of the mask, from one reason to the next. */
export class MaskWalk {
	/** Where it is: a row, and the number of the stop; undefined where nobody walks. */
	at = $state.raw<{ readonly row: number; readonly stop: number }>();

	/** Goes to the next of `stops` stops, or starts on a row; behind the last one the walk ends. */
	stride(row: number, stops: number): void {
		const { row: here, stop } = this.at ?? { row, stop: -1 };
		this.at = stop + 1 < stops ? { row: here, stop: stop + 1 } : undefined;
	}

	end(): void {
		this.at = undefined;
	}
}
