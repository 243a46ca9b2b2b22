import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as decode from '../../../src/lib/decode/url.ts';
import * as learn from '../../../src/lib/learn/place.ts';
import { racers } from '../../../src/lib/race/lanes.ts';
import { readRace, writeRace } from '../../../src/lib/race/url.ts';
import { readView, searchOf } from '../../../src/lib/share/view.ts';
import { readScene, writeScene } from '../../../src/lib/simulate/url.ts';
import * as timeline from '../../../src/lib/timeline/place.ts';
import { CASES, knownIn, links } from './foreign.ts';

/**
 * Links of every page: none throws, and what was made of a link is itself a link that reads back to the same without a
 * correction.
 */
const config = JSON.stringify({
	hidden_size: 4096,
	num_hidden_layers: 36,
	num_attention_heads: 32,
	num_key_value_heads: 8,
	intermediate_size: 12288,
	vocab_size: 151936
});

test('/simulate', () => {
	const known = knownIn(
		'gpu=h200&model=qwen3-8b&slots=72&batch=4&context=4096&weights=4&kv=8&tp=2&kernels=off&launch=eager',
		'b=1&b.gpu=custom&b.bandwidth=3000&b.memory=80&b.bf16=900&b.fp32=60&b.fp8=1800&b.cores=132&b.link=900&b.watts=700',
		'view=service&accept=0.8&users=1000&per=0.5&rate=20&prompt=500&answer=300&phase=prefill',
		new URLSearchParams({
			model: 'custom',
			config,
			'b.model': 'custom',
			'b.config': config,
			'b.slots': '3'
		})
	);
	fc.assert(
		fc.property(links(known), (params) => {
			const { scene } = readScene(params);
			const again = readScene(new URLSearchParams(writeScene(scene).toString()));
			expect(again).toEqual({ scene, corrections: [] });
		}),
		{ numRuns: CASES }
	);
});

test('/timeline', () => {
	const known = knownIn(
		'p=decoders&gpu=h200&model=qwen3-8b&runs=ar,tidar&k=8&accept=0.8&tp=2&context=1024&batch=1&seed=3&passes=4&words=plain',
		'measured=h100-qwen3-8b-1&session=gravity&accepted=gravity&speed=0.001&at=1200.5&t=0-1200&area=12.5-40&sel=0.12&marks=1-2-a~3-4-b-c'
	);
	fc.assert(
		fc.property(links(known), (params) => {
			const { place } = timeline.readPlace(params);
			const again = timeline.readPlace(new URLSearchParams(timeline.writePlace(place).toString()));
			expect(again.corrections).toEqual([]);
			expect(again.place.source).toEqual(place.source);
		}),
		{ numRuns: CASES }
	);
});

test('/decode', () => {
	const known = knownIn(
		'd=both&k=8&beta=0.5&t=0.7&top=0.9&seed=7&max=64&speed=2&on=wasm&session=gravity&step=12&prompt=What is gravity%3F'
	);
	fc.assert(
		fc.property(links(known), (params) => {
			const { place } = decode.readPlace(params);
			const again = decode.readPlace(new URLSearchParams(decode.writePlace(place).toString()));
			expect(again.corrections).toEqual([]);
			expect(again.place.settings).toEqual(place.settings);
		}),
		{ numRuns: CASES }
	);
});

test('/race', () => {
	const known = knownIn('race=gravity&lanes=ar,tidar&on=measured&gpu=h200&model=qwen3-8b');
	fc.assert(
		fc.property(links(known), (params) => {
			const { place } = readRace(params, racers);
			expect(readRace(writeRace(place), racers)).toEqual({ place, corrections: [] });
		}),
		{ numRuns: CASES }
	);
});

test('what a link shows and hides, on any page', () => {
	const long = '💥'.repeat(300);
	const known = knownIn(
		'embed&projector=1&hide=intro,files',
		new URLSearchParams({ hide: long }),
		new URLSearchParams({ hide: `a${long}` })
	);
	fc.assert(
		fc.property(links(known), (params) => {
			const view = readView(params);
			const again = new URLSearchParams(searchOf(params, view));
			expect(readView(again)).toEqual(view);
		}),
		{ numRuns: CASES }
	);
});

test('a figure of a lesson', () => {
	const spec: learn.Spec = {
		slots: { min: 1, max: 512, initial: 1 },
		share: { min: 0, max: 1, initial: 0.5, fraction: true },
		gpu: { options: ['h100', 'h200'], initial: 'h100' }
	};
	fc.assert(
		fc.property(links(knownIn('slots=72&share=0.25&gpu=h200')), (params) => {
			const { place } = learn.readPlace(spec, params);
			const again = learn.readPlace(spec, learn.writePlace(spec, place));
			expect(again).toEqual({ place, corrections: [] });
		}),
		{ numRuns: CASES }
	);
});
