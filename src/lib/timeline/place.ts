import * as v from 'valibot';
import { laneKinds, type LaneKind } from '$engine/timeline/index.ts';
import type { Correction } from '../decode/url.ts';
import {
	base,
	ids,
	MOST_RUNS,
	numbers,
	presetIds,
	presets,
	type Choice,
	type PresetId
} from './choice.ts';
import type { Area, Mark } from './draw.ts';
import { labelSets, type LabelSet } from './labels.ts';

/** Where runs come from. */
export type Source =
	| { readonly kind: 'simulated'; readonly preset?: PresetId; readonly choice: Choice }
	/** A kernel trace of the site, by its file name. */
	| { readonly kind: 'measured'; readonly id: string }
	/** A recorded session of the site. */
	| { readonly kind: 'session'; readonly id: string };

/** What a link to /timeline reproduces. Times in ms. */
export interface Place {
	readonly source: Source;
	readonly words: LabelSet;
	readonly view?: Area;
	readonly playHead?: number;
	readonly speed?: number;
	readonly selected?: { readonly run: number; readonly slice: number };
	readonly area?: Area;
	/** What is searched for. */
	readonly find?: string;
	/** Lanes that are not shown; absent: those that are usually not. */
	readonly hidden?: readonly LaneKind[];
	/** Lanes on top, as `laneKey` names them. */
	readonly pinned: readonly string[];
	readonly marks: readonly Mark[];
}

const names = {
	gpu: 'gpu',
	model: 'model',
	weights: 'w',
	kernels: 'kernels',
	tp: 'tp',
	context: 'ctx',
	batch: 'batch',
	drafts: 'k',
	block: 'block',
	denoise: 'denoise',
	rate: 'rate',
	seed: 'seed',
	tokens: 'tokens'
} as const;
const text = ['gpu', 'model', 'weights', 'kernels'] as const;
const numeric = Object.keys(numbers) as (keyof typeof numbers)[];
const fileName = /^[\w.-]{1,80}$/;
const MOST_MARKS = 20;
const NAME = 40;
const MOST_LANES = 60;

const finite = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.toNumber(), v.finite());
const MS = 1000;

/** Reads a link. What cannot be taken as it is asked for is clamped or left out, and told. */
export function readPlace(params: URLSearchParams): { place: Place; corrections: Correction[] } {
	const corrections: Correction[] = [];
	const corrected = (name: string, asked: string, taken: string) =>
		corrections.push({ name, asked: asked.slice(0, 40), taken });
	const oneOf = <T extends string>(name: string, all: readonly T[], fallback: T): T => {
		const asked = params.get(name);
		if (asked === null) return fallback;
		const found = all.find((item) => item === asked);
		if (!found) corrected(name, asked, fallback);
		return found ?? fallback;
	};
	const number = (name: string, { min, max }: { min: number; max: number }, whole: boolean) => {
		const asked = params.get(name);
		if (asked === null) return undefined;
		const parsed = v.safeParse(finite, asked);
		if (!parsed.success) {
			corrected(name, asked, '–');
			return undefined;
		}
		const clamped = Math.min(max, Math.max(min, parsed.output));
		const taken = whole ? Math.round(clamped) : clamped;
		if (taken !== parsed.output) corrected(name, asked, String(taken));
		return taken;
	};
	/** Two times in µs, '12.5-40'. */
	const area = (name: string): Area | undefined => {
		const asked = params.get(name);
		if (asked === null) return undefined;
		// As exact as `us` writes it, so that what is read can be written.
		const [start, end] = asked.split('-').map((time) => Number(Number(time).toFixed(4)));
		if (start !== undefined && end !== undefined && start >= 0 && end > start && end < 1e12) {
			return { start: start / MS, end: end / MS };
		}
		corrected(name, asked, '–');
		return undefined;
	};

	const preset = params.has('p') ? oneOf('p', presetIds, presetIds[0]!) : undefined;
	const from: Choice = preset ? presets[preset].choice : base;
	const choice: Choice = {
		...from,
		...Object.fromEntries(
			text.map((field) => [field, oneOf<string>(names[field], ids[field], from[field])])
		),
		...Object.fromEntries(
			numeric.map((field) => [
				field,
				number(names[field], numbers[field], field !== 'rate') ?? from[field]
			])
		),
		decoders: decoders(params, from, corrected)
	};
	if (![1, 2, 4, 8].includes(choice.tp)) corrected('tp', String(choice.tp), String(from.tp));
	const accepted = params.get('accepted');
	const source = (): Source => {
		for (const kind of ['measured', 'session'] as const) {
			const id = params.get(kind);
			if (id === null) continue;
			if (fileName.test(id)) return { kind, id };
			corrected(kind, id, '–');
		}
		const session = accepted && fileName.test(accepted) ? { session: accepted } : {};
		const tp = [1, 2, 4, 8].includes(choice.tp) ? choice.tp : from.tp;
		return {
			kind: 'simulated',
			...(preset ? { preset } : {}),
			choice: { ...choice, tp, ...session }
		};
	};
	const speed = number('speed', { min: 1e-6, max: 1e4 }, false);
	const playHead = number('at', { min: 0, max: 1e12 }, false);
	const view = area('t');
	const selected = /^(\d{1,2})\.(\d{1,8})$/.exec(params.get('sel') ?? '');
	const chosen = area('area');
	/** A list of names, '_' between them; those that there are not are told. */
	const list = <T extends string>(name: string, known: (item: string) => item is T) => {
		const asked = params.get(name);
		if (asked === null) return undefined;
		const items = asked.split('_').filter((item) => item !== '');
		const taken = [...new Set(items.filter(known))].slice(0, MOST_LANES);
		if (taken.length !== items.length) corrected(name, asked, taken.join('_') || '–');
		return taken;
	};
	const find = params.get('find')?.trim().slice(0, NAME);
	const hidden = list('off', (item): item is LaneKind =>
		(laneKinds as readonly string[]).includes(item)
	);
	return {
		place: {
			source: source(),
			words: oneOf('words', labelSets, preset ? presets[preset].words : 'chip'),
			...(view ? { view } : {}),
			...(playHead === undefined ? {} : { playHead: playHead / MS }),
			...(speed === undefined ? {} : { speed }),
			...(selected ? { selected: { run: Number(selected[1]), slice: Number(selected[2]) } } : {}),
			...(chosen ? { area: chosen } : {}),
			...(find ? { find } : {}),
			...(hidden ? { hidden } : {}),
			pinned: list('pin', (item): item is string => /^\d{1,2}\.\d{1,3}$/.test(item)) ?? [],
			marks: readMarks(params.get('marks'))
		},
		corrections
	};
}

function decoders(
	params: URLSearchParams,
	from: Choice,
	corrected: (name: string, asked: string, taken: string) => void
): Choice['decoders'] {
	const asked = params.get('runs');
	if (asked === null) return from.decoders;
	const found = ids.decoders.filter((name) => asked.split(',').includes(name)).slice(0, MOST_RUNS);
	const taken = found.length > 0 ? found : from.decoders;
	if (taken.length !== asked.split(',').length) corrected('runs', asked, taken.join(','));
	return taken;
}

/** 'start-end-name' separated by '~'; times in µs. */
function readMarks(asked: string | null): Mark[] {
	if (!asked) return [];
	return asked
		.split('~')
		.slice(0, MOST_MARKS)
		.flatMap((part) => {
			const [start, end, ...name] = part.split('-');
			const [from, to] = [Number(start), Number(end)];
			if (!(from >= 0 && to >= from)) return [];
			return [{ start: from / MS, end: to / MS, name: name.join('-').slice(0, NAME) }];
		});
}

const us = (ms: number): string => String(Number((ms * MS).toFixed(4)));
const span = ({ start, end }: Area): string => `${us(start)}-${us(end)}`;

/** The shortest query that `readPlace` turns back into this place. */
export function writePlace(place: Place): URLSearchParams {
	const params = new URLSearchParams();
	const { source } = place;
	if (source.kind === 'simulated') {
		const { preset, choice } = source;
		if (preset) params.set('p', preset);
		const from: Choice = preset ? presets[preset].choice : base;
		for (const field of [...text, ...numeric]) {
			if (choice[field] !== from[field]) params.set(names[field], String(choice[field]));
		}
		if (choice.decoders.join() !== from.decoders.join()) {
			params.set('runs', choice.decoders.join(','));
		}
		if (choice.session) params.set('accepted', choice.session);
	} else params.set(source.kind, source.id);
	const usual =
		source.kind === 'simulated' && source.preset ? presets[source.preset].words : 'chip';
	if (place.words !== usual) params.set('words', place.words);
	if (place.view) params.set('t', span(place.view));
	if (place.playHead !== undefined) params.set('at', us(place.playHead));
	if (place.speed !== undefined) params.set('speed', String(place.speed));
	if (place.selected) params.set('sel', `${place.selected.run}.${place.selected.slice}`);
	if (place.area) params.set('area', span(place.area));
	if (place.find) params.set('find', place.find);
	if (place.hidden) params.set('off', place.hidden.join('_'));
	if (place.pinned.length > 0) params.set('pin', place.pinned.join('_'));
	if (place.marks.length > 0) {
		params.set('marks', place.marks.map((mark) => `${span(mark)}-${mark.name}`).join('~'));
	}
	return params;
}
