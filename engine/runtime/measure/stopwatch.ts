import { spreadOf, type Spread } from './spread.ts';

/** How long a device works on commands. */
export interface Stopwatch {
	/** What it reads: the device's own clock, or the page's. */
	readonly clock: 'timestamps' | 'wall';
	/** Milliseconds that a compute pass takes, which `record` fills. */
	time(record: (pass: GPUComputePassEncoder) => void): Promise<number>;
	dispose(): void;
}

/**
 * A stopwatch by timestamps where the device has them and they move, else by the page's clock, from the commands'
 * making to the queue's being done.
 */
export function stopwatch(device: GPUDevice): Stopwatch {
	return device.features.has('timestamp-query') ? byTimestamps(device) : byWall(device);
}

/** Counts what the processor does as well: making, checking and handing over the commands. */
export const byWall = (device: GPUDevice): Stopwatch => ({
	clock: 'wall',
	async time(record) {
		await device.queue.onSubmittedWorkDone();
		const start = performance.now();
		const encoder = device.createCommandEncoder();
		const pass = encoder.beginComputePass();
		record(pass);
		pass.end();
		device.queue.submit([encoder.finish()]);
		await device.queue.onSubmittedWorkDone();
		return performance.now() - start;
	},
	dispose: () => undefined
});

function byTimestamps(device: GPUDevice): Stopwatch {
	const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
	const resolved = device.createBuffer({
		size: 16,
		usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
	});
	const staging = device.createBuffer({
		size: 16,
		usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ
	});
	return {
		clock: 'timestamps',
		async time(record) {
			const encoder = device.createCommandEncoder();
			const pass = encoder.beginComputePass({
				timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }
			});
			record(pass);
			pass.end();
			encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
			encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
			device.queue.submit([encoder.finish()]);
			await staging.mapAsync(GPUMapMode.READ);
			const [start, end] = new BigUint64Array(staging.getMappedRange());
			const ms = Number(end! - start!) / 1e6;
			staging.unmap();
			return ms;
		},
		dispose() {
			querySet.destroy();
			resolved.destroy();
			staging.destroy();
		}
	};
}

/** Work of at least so many milliseconds is timed: clocks in browsers are coarse (0.1 ms in Chrome). */
const LONG = 25;
const MOST = 4096;
/** After so many milliseconds a test is satisfied with what it has. */
const PATIENCE = 2500;

/**
 * Milliseconds of one of a thing that is done n times in one pass: n doubles until a pass is long enough to be
 * timed (which warms up as well), then it repeats. What an empty pass takes is subtracted.
 * @throws the signal's reason when aborted.
 */
export async function timeOf(
	watch: Stopwatch,
	record: (pass: GPUComputePassEncoder) => void,
	{ repeats = 9, signal }: { repeats?: number; signal?: AbortSignal } = {}
): Promise<Spread> {
	const start = performance.now();
	const late = () => performance.now() - start > PATIENCE;
	const times = (n: number) =>
		watch.time((pass) => {
			for (let i = 0; i < n; i++) record(pass);
		});
	// The first pass builds what all need.
	await times(1);
	const empty = spreadOf([await times(0), await times(0), await times(0)]).median;
	let n = 1;
	for (;;) {
		signal?.throwIfAborted();
		if ((await times(n)) - empty >= LONG || n >= MOST || late()) break;
		n *= 2;
	}
	const found: number[] = [];
	do {
		signal?.throwIfAborted();
		// A clock that stands still would say 0: take the least that it can tell apart.
		found.push(Math.max((await times(n)) - empty, 1e-6) / n);
	} while (found.length < repeats && !late());
	return spreadOf(found);
}
