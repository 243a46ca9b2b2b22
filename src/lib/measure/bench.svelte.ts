import { DecoderClient } from '$engine/protocol/client.ts';
import { failureOf, type Failure } from '$engine/protocol/failure.ts';
import type { Probe } from '$engine/protocol/measure.ts';
import { CONTEXT, STEPS, type SlotTime } from '$engine/runtime/measure/slots.ts';
import type { MicroTest } from '$engine/runtime/measure/gpu.ts';
import type { Agreement } from '$engine/runtime/measure/agree.ts';
import { yieldsOf } from '$engine/runtime/sweep.ts';
import type { Session } from '$engine/decode/index.ts';
import { Model, wayOf } from '$lib/state/model.svelte';
import { browserOf, today } from './browser.ts';
import { keepMeasurement, recallMeasurement, type Measurement } from './result.ts';

/** probing: small kernels. waiting: for the model, which is asked for. slots, checking: with the model. */
export type Phase = 'idle' | 'probing' | 'waiting' | 'slots' | 'checking' | 'done';

/** Milliseconds after which no further number of slots is timed. */
const PATIENCE = 45_000;

/** Measures this device, phase by phase; every phase leaves what it found. */
export class Bench {
	phase = $state<Phase>('idle');
	/** The small test that is going on. */
	test = $state<MicroTest>();
	probe = $state.raw<Probe>();
	times = $state.raw<readonly SlotTime[]>([]);
	agreement = $state.raw<Agreement>();
	/** The measurement that is shown: this device's, or one from a link or file. */
	shown = $state.raw<Measurement>();
	/** Whether it is from elsewhere. */
	foreign = $state(false);
	failure = $state.raw<Failure>();
	cancelled = $state(false);
	readonly of = STEPS.length;
	readonly model: Model;
	#abort: AbortController | undefined;
	#hidden = false;

	/**
	 * @param recording fetches a recorded session that the model is compared with; undefined where there is none
	 */
	constructor(
		readonly client: DecoderClient,
		base: () => string,
		private readonly recording: () => Promise<Session | undefined>
	) {
		this.model = new Model(client, base);
	}

	get running(): boolean {
		return this.phase === 'probing' || this.phase === 'slots' || this.phase === 'checking';
	}

	/** From 0 to 1 over the whole of it, downloading not counted. */
	get progress(): number {
		const tests: MicroTest[] = ['copy', 'f32', 'f16', 'launch'];
		switch (this.phase) {
			case 'idle':
				return 0;
			case 'probing':
				return (0.25 * (this.test ? tests.indexOf(this.test) : 0)) / tests.length;
			case 'waiting':
				return 0.25;
			case 'slots':
				return 0.25 + (0.65 * this.times.length) / this.of;
			case 'checking':
				return 0.92;
			case 'done':
				return 1;
		}
	}

	/** Shows what this browser measured before. */
	recall(): void {
		const kept = recallMeasurement();
		if (kept && !this.shown) this.shown = kept;
	}

	/** Shows a measurement of another device. */
	open(measurement: Measurement): void {
		this.shown = measurement;
		this.foreign = true;
	}

	/** Small tests first; then, if its files are here, the model. Never throws. */
	async start(): Promise<void> {
		if (this.running) return;
		this.foreign = false;
		this.times = [];
		this.agreement = undefined;
		this.probe = undefined;
		this.shown = undefined;
		this.#hidden = document.visibilityState === 'hidden';
		await this.#phase('probing', async (signal) => {
			const { backend } = wayOf(this.model.backend);
			this.probe = await this.client.probe(backend, (test) => (this.test = test), signal);
			this.#show();
			this.phase = 'waiting';
		});
		if (this.phase === 'waiting' && this.model.status === 'stored') await this.model.load();
	}

	/** The second half, once the model is ready. Never throws. */
	async goOn(): Promise<void> {
		if (this.phase !== 'waiting' || !this.model.loaded) return;
		await this.#phase('slots', async (signal) => {
			const times: SlotTime[] = [];
			this.times = await this.client.slots(
				PATIENCE,
				({ time }) => {
					times.push(time);
					this.times = [...times].sort((a, b) => a.slots - b.slots);
					this.#show();
				},
				signal
			);
			this.phase = 'checking';
			const session = await this.recording();
			if (session && session.model.weights === this.model.loaded?.identity.weights) {
				this.agreement = await this.client.agree({ steps: session.steps }, signal);
			}
			this.phase = 'done';
			this.#show();
			if (this.shown) keepMeasurement(this.shown);
		});
	}

	/** Ends what goes on; what was found stays. */
	cancel(): void {
		this.#abort?.abort();
	}

	/** The page was in the background: timers and devices slow down there. */
	leave(): void {
		if (this.running) this.#hidden = true;
	}

	async #phase(phase: Phase, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
		this.phase = phase;
		this.failure = undefined;
		this.cancelled = false;
		const abort = (this.#abort = new AbortController());
		try {
			await work(abort.signal);
		} catch (error) {
			if (abort.signal.aborted) this.cancelled = true;
			else this.failure = failureOf(error);
			this.phase = this.probe ? 'waiting' : 'idle';
		}
	}

	#show(): void {
		if (!this.probe) return;
		const { loaded, size } = this.model;
		const yields = loaded ? yieldsOf({ evaluation: loaded.about.evaluation }) : null;
		this.shown = {
			format: 'tidar-measurement',
			version: 1,
			date: today(),
			browser: browserOf(navigator.userAgent),
			machine: this.probe.machine,
			micro: { ...this.probe.micro, wrong: [...this.probe.micro.wrong] },
			...(loaded && {
				model: {
					name: loaded.identity.name,
					weights: loaded.identity.weights,
					bytes: size ?? 0,
					precision: loaded.device.precision,
					...(loaded.device.threads !== undefined && { threads: loaded.device.threads }),
					context: CONTEXT
				}
			}),
			slots: this.times.map((time) => ({ ...time })),
			...(this.agreement && { agreement: { ...this.agreement } }),
			...(yields && { yields: yields.map((one) => ({ ...one })) }),
			hidden: this.#hidden
		};
	}
}
