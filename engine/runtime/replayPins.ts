interface Pin {
	count: number;
	/** Its owner wanted it destroyed. */
	destroyed: boolean;
}

const pins = new WeakMap<GPUBuffer, Pin>();

/** Puts off `buffer.destroy()` until every pin is taken out. */
export function pin(buffer: GPUBuffer): void {
	const held = pins.get(buffer);
	if (held) {
		held.count++;
		return;
	}
	const fresh: Pin = { count: 1, destroyed: false };
	pins.set(buffer, fresh);
	buffer.destroy = () => {
		fresh.destroyed = true;
	};
}

/** Takes one pin out. */
export function unpin(buffer: GPUBuffer): void {
	const held = pins.get(buffer)!;
	if (--held.count > 0) return;
	pins.delete(buffer);
	// Uncovers the method of the prototype.
	delete (buffer as { destroy?: unknown }).destroy;
	if (held.destroyed) buffer.destroy();
}
