import { expectedTokens } from '$engine/cost/claims.ts';
import { setup, stepCost, stepMs, tidarSlots } from '$engine/cost/index.ts';
import type { Session } from '$engine/decode/index.ts';
import { findDevice } from '$engine/hardware/index.ts';
import { layout } from '$engine/mask/index.ts';
import { findModel } from '$engine/models/index.ts';
import { acceptedOf } from '$lib/decode/frame.ts';
import recorded from '$lessons/runs/thresholds.json';
import type { Unit } from '../../../lessons/units.ts';
import { gainOf } from '../simulate/gain.ts';
import { setupOf } from '../simulate/choice.ts';
import { contestedPlaces } from './contested.ts';
import { paceOf, promptsOf, runOf, type ThresholdFile } from './diffusion.ts';
import { lanesOf, type Drafter } from './eagle.ts';
import { best, speedup, type Round } from './intern.ts';
import { kitchens, type Kitchen } from './kitchens.ts';
import { experiment, overlap, type Rule } from './lossless.ts';
import type { Place } from './place.ts';
import { firstOf, N, trainingSpec } from './training.ts';
import { caseOf, playable } from './verify.ts';

/**
 * Numbers that follow from the state of a lesson's figure. The text states them (`<Now of="busy" />`), so that they change
 * while the reader moves a control; exercises are judged by them.
 */
export interface Reading {
	readonly unit: Unit;
	/** @param session the recorded run, for figures that play one */
	of(place: Place, session?: Session): number;
}
type Readings = Readonly<Record<string, Reading>>;

const number = (place: Place, name: string) => Number(place[name]);
const eight = findModel('qwen3-8b')!;
const h100 = findDevice('h100-sxm')!;

/** Lesson 1. Seconds, and dishes a minute. */
const kitchen = (place: Place) => {
	const [trip, plates] = [number(place, 'trip'), number(place, 'plates')];
	const cooking = number(place, 'cook') * plates;
	return { busy: (100 * cooking) / (trip + cooking), dishes: (60 * plates) / (trip + cooking) };
};

/** Lesson 3. GB, TB/s, ms. */
const transfer = (place: Place) => {
	const device = findDevice(String(place.gpu))!;
	const count = device.link === undefined ? 1 : number(place, 'n');
	const gb = (number(place, 'b') * number(place, 'bits')) / 8;
	const read = gb / ((device.bandwidth.value * count) / 1e3);
	return { gb, read, over: Math.max(0, gb - device.capacity.value * count) };
};

/** Lesson 4. */
const roof = (place: Place) => {
	const device = findDevice(String(place.gpu))!;
	const cost = stepCost(setup({ device, model: eight, slots: number(place, 'slots') }));
	const ridge = (device.rates.bf16.value * 1e3) / device.bandwidth.value;
	return { ...cost, ridge, share: (100 * cost.intensity) / ridge };
};

/** Lesson 5. */
const sweep = (place: Place) => {
	const model = findModel(String(place.model))!;
	const base = setup({ device: h100, model, context: number(place, 'context') });
	const ms = stepMs({ ...base, slots: number(place, 'slots') });
	return { ms, more: 100 * (ms / stepMs(base) - 1) };
};

/** What it costs to check drafts in lesson 6: nothing beyond a plain pass, or as computed for Qwen3 8B. */
const BATCH = 32;
function checking(check: string): Round['verify'] {
	if (check === 'formula') return () => 1;
	const s = setup({ device: h100, model: eight, batch: check === 'many' ? BATCH : 1 });
	return (g) => stepMs({ ...s, slots: g + 1 }) / stepMs(s);
}
const roundOf = (place: Place): Round => ({
	acceptance: number(place, 'a'),
	gamma: number(place, 'gamma'),
	cost: number(place, 'c'),
	verify: checking(String(place.check))
});

/** Lesson 7. */
const times = (place: Place, drafter: Drafter) =>
	lanesOf(
		setup({ device: h100, model: findModel(String(place.model))!, batch: number(place, 'batch') }),
		number(place, 'a'),
		number(place, 'gamma')
	).find((lane) => lane.drafter === drafter)!.times;

/** Lesson 8: the recorded run. */
const runs = recorded as ThresholdFile;
const pace = (place: Place) =>
	paceOf([runOf(runs, promptsOf(runs)[number(place, 'ask') - 1]!, number(place, 't'))]);

/** Lesson 11: the step that is played. */
const played = (place: Place, session?: Session) => {
	const steps = session ? playable(session) : [];
	const index = steps.find((step) => step >= number(place, 'step')) ?? steps[0];
	return index === undefined ? NaN : caseOf(session!.steps[index]!)!.accepted;
};

/** Lesson 13: what came out of so many draws. */
const drawn = (place: Place, session?: Session) => {
	const places = session ? contestedPlaces(session) : [];
	const at = places.find(({ index }) => index === number(place, 'step')) ?? places[0];
	return (
		at && {
			...experiment(at.rivals, place.rule as Rule, number(place, 'n')),
			overlap: overlap(at.rivals)
		}
	);
};

/** Lesson 14. */
const lunch = (place: Place) =>
	gainOf(
		{ ...setupOf(kitchens[place.where as Kitchen]), batch: number(place, 'batch') },
		number(place, 'k'),
		number(place, 'a')
	);

/** Lesson 15. */
const masks = (place: Place) => {
	const k = number(place, 'k');
	const { slots } = layout(trainingSpec(N, k, firstOf(number(place, 'first'), k)));
	return slots.filter(({ region }) => region === 'mask');
};

/** By the figure's name in a lesson's front matter. */
export const readings: Readonly<Record<string, Readings>> = {
	kitchen: {
		busy: { unit: '%', of: (place) => kitchen(place).busy },
		dishes: { unit: '', of: (place) => kitchen(place).dishes }
	},
	tokens: {
		cached: {
			unit: '',
			of: (place, session) => {
				const step = session?.steps[number(place, 'step')];
				return step ? step.start + step.kept.length : NaN;
			}
		}
	},
	transfer: {
		gb: { unit: 'GB', of: (place) => transfer(place).gb },
		read: { unit: 'ms', of: (place) => transfer(place).read },
		perSecond: { unit: 'tokens/s', of: (place) => 1e3 / transfer(place).read },
		over: { unit: 'GB', of: (place) => transfer(place).over }
	},
	roofline: {
		intensity: { unit: 'FLOP/byte', of: (place) => roof(place).intensity },
		ridge: { unit: 'FLOP/byte', of: (place) => roof(place).ridge },
		share: { unit: '%', of: (place) => roof(place).share },
		ms: { unit: 'ms', of: (place) => roof(place).ms }
	},
	sweep: {
		ms: { unit: 'ms', of: (place) => sweep(place).ms },
		more: { unit: '%', of: (place) => sweep(place).more }
	},
	intern: {
		tokens: {
			unit: 'tokens',
			of: (place) => expectedTokens(number(place, 'a'), number(place, 'gamma'))
		},
		times: { unit: '×', of: (place) => speedup(roundOf(place)) },
		/** How far the speed-up is below that of the best number of drafts. */
		short: {
			unit: '%',
			of: (place) => {
				const round = roundOf(place);
				return 100 * (1 - speedup(round) / speedup({ ...round, gamma: best(round) }));
			}
		}
	},
	eagle: {
		head: { unit: '×', of: (place) => times(place, 'head') },
		intern: { unit: '×', of: (place) => times(place, 'intern') },
		tidar: { unit: '×', of: (place) => times(place, 'tidar') },
		/** TiDAR's speed over the head's. */
		lead: { unit: '×', of: (place) => times(place, 'tidar') / times(place, 'head') }
	},
	diffusion: {
		rate: { unit: 'tokens', of: (place) => pace(place).rate },
		repeated: { unit: '%', of: (place) => 100 * (1 - pace(place).distinct) }
	},
	step: {
		added: {
			unit: 'tokens',
			of: (place, session) => {
				const step = session?.steps[number(place, 'step')];
				return step ? acceptedOf(step) : NaN;
			}
		}
	},
	verifier: { kept: { unit: '', of: played } },
	speedup: {
		times: { unit: '×', of: (place) => number(place, 'tokens') / number(place, 'cost') }
	},
	lossless: {
		away: {
			unit: '%',
			of: (place, session) => 100 * (drawn(place, session)?.distance ?? NaN)
		},
		accepted: {
			unit: '%',
			of: (place, session) => (100 * (drawn(place, session)?.accepted ?? NaN)) / number(place, 'n')
		}
	},
	lunch: {
		times: { unit: '×', of: lunch },
		slots: {
			unit: 'slots',
			of: (place) => number(place, 'batch') * tidarSlots(number(place, 'k'))
		}
	},
	training: {
		masks: { unit: '', of: (place) => masks(place).length },
		blocks: { unit: '', of: (place) => new Set(masks(place).map(({ block }) => block)).size }
	}
};

/** @throws Error for a reading that the figure does not have */
export function readingOf(figure: string, name: string): Reading {
	const found = readings[figure]?.[name];
	if (!found)
		throw new Error(`src/lib/learn/readings.ts: the figure "${figure}" has no "${name}".`);
	return found;
}
