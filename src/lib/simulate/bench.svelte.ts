import {
	stepBand,
	stepCost,
	stepMs,
	type Band,
	type Setup,
	type StepCost
} from '$engine/cost/index.ts';
import { initial, setupOf, tokensOf, type Choice } from './choice.ts';
import { start, type Demand, type Scene, type View } from './url.ts';
import { zonesOf, type Zones } from './zones.ts';

/** A set-up and what its step costs. */
export interface Run {
	/** 'A' and 'B' where two are compared, else empty. */
	readonly name: string;
	readonly choice: Choice;
	readonly setup: Setup;
	readonly cost: StepCost;
	readonly band: Band;
	/** Time of the same set-up with one slot. */
	readonly oneMs: number;
	readonly zones: Zones;
	/** Tokens that a step adds to each sequence. */
	readonly tokens: number;
}

/** A choice without its slots: while those alone move, this text stays the same, and its zones are not sought again. */
const besideSlots = (choice: Choice): string => JSON.stringify({ ...choice, slots: 1 });
const zonesBeside = (text: string): Zones => zonesOf(setupOf(JSON.parse(text) as Choice));

function runOf(name: string, choice: Choice, zones: Zones, acceptance: number): Run {
	const setup = setupOf(choice);
	return {
		name,
		choice,
		setup,
		cost: stepCost(setup),
		band: stepBand(setup),
		oneMs: stepMs({ ...setup, slots: 1 }),
		zones,
		tokens: tokensOf(choice, acceptance)
	};
}

/** What /simulate shows: one set-up or two, and what is looked at. All of `scene` is in the address. */
export class Bench {
	a = $state.raw<Choice>(initial);
	b = $state.raw<Choice>();
	/** The set-up that the controls change. */
	editing = $state<'a' | 'b'>('a');
	view = $state<View>(start.view);
	acceptance = $state(start.acceptance);
	demand = $state.raw<Demand>(start.demand);
	/** The spot under pointer or focus, shared by the figures of a step. */
	look = $state<string>();

	readonly choice = $derived(this.editing === 'b' && this.b ? this.b : this.a);
	readonly #fixedA = $derived(besideSlots(this.a));
	readonly #fixedB = $derived(this.b && besideSlots(this.b));
	readonly #zonesA = $derived(zonesBeside(this.#fixedA));
	readonly #zonesB = $derived(this.#fixedB && zonesBeside(this.#fixedB));
	readonly #two = $derived(this.b !== undefined);
	// One by one: what changes in one set-up leaves the other's costs.
	readonly #runA = $derived(runOf(this.#two ? 'A' : '', this.a, this.#zonesA, this.acceptance));
	readonly #runB = $derived(
		this.b && this.#zonesB && runOf('B', this.b, this.#zonesB, this.acceptance)
	);
	readonly runs: readonly Run[] = $derived(this.#runB ? [this.#runA, this.#runB] : [this.#runA]);
	readonly scene: Scene = $derived({
		a: this.a,
		...(this.b && { b: this.b }),
		view: this.view,
		acceptance: this.acceptance,
		demand: this.demand
	});

	/** Shows what a link asked for. */
	open({ a, b, view, acceptance, demand }: Scene): void {
		[this.a, this.b, this.view] = [a, b, view];
		[this.acceptance, this.demand] = [acceptance, demand];
		this.editing = 'a';
		this.look = undefined;
	}

	/** Changes the set-up that the controls are at. */
	change(more: Partial<Choice>): void {
		const asked = { ...this.choice, ...more };
		// Several devices need a link between them: `setupOf` knows.
		const choice = { ...asked, tp: setupOf(asked).tp };
		if (this.editing === 'b' && this.b) this.b = choice;
		else this.a = choice;
	}

	/** A second set-up beside the first, TiDAR beside plain decoding; or none. */
	compare(on: boolean): void {
		this.b = on ? { ...this.a, slots: this.a.slots === 1 ? 72 : 1 } : undefined;
		this.editing = on ? 'b' : 'a';
	}
}
