import { m } from '$lib/paraglide/messages';
import { bytes, digits, percent } from '../decode/number.ts';
import type { Finding, Pace } from './find.ts';
import type { Measurement } from './result.ts';

const zones = { free: m.sim_zone_free, cheap: m.sim_zone_cheap, paid: m.sim_zone_paid };

/** A percentage above: '8 %', or for much more, '6.3 times'. */
export const tellMore = (ratio: number): string =>
	ratio < 1.005 ? m.measure_nothing() : percent(ratio - 1);

/** What was found, sentence by sentence; the first is the one to remember. */
export function tellFinding(finding: Finding, { machine, model }: Measurement): string[] {
	const { one, slots, many, ratio, free, cheap, allFree, allCheap, most, shape, slope } = finding;
	const where = machine.backend === 'wasm' ? m.measure_on_cpu() : m.measure_on_gpu();
	const said = { where, slots, one: digits(one), many: digits(many) };
	const first =
		ratio >= 2
			? m.measure_finding_times({ ...said, times: digits(ratio) })
			: m.measure_finding({ ...said, more: tellMore(ratio), zone: zones[finding.zone]() });
	const reach = allFree
		? m.measure_all_free({ most })
		: allCheap
			? m.measure_all_cheap({ free, most })
			: free === 1
				? m.measure_reach_none({ cheap })
				: m.measure_reach({ free, cheap });
	const sentences: string[] = [m.sentences({ first, second: tellPace(finding) }), reach];
	if (model && finding.memory !== undefined) {
		sentences.push(
			m.measure_memory({
				size: bytes(model.bytes),
				ms: digits(finding.memory),
				one: digits(one),
				share: percent(finding.memory / one)
			})
		);
	}
	if (slope !== undefined) {
		sentences.push(m.measure_slope({ gflops: digits(1000 * slope) }));
	}
	if (shape) sentences.push(tellShape(shape));
	return sentences;
}

const paces = {
	memory: m.measure_pace_memory,
	host: m.measure_pace_host,
	launches: m.measure_pace_launches,
	arithmetic: m.measure_pace_arithmetic
} satisfies Record<Pace, () => string>;
const tellPace = ({ pace }: Finding) => paces[pace]();

/** The speed-up that follows from T/NFE and the times. */
function tellShape({ decoder, k, overAr, options, basis }: NonNullable<Finding['shape']>): string {
	const option = options.find((one) => one.k === k)!;
	const said = {
		k,
		slots: option.slots,
		tokens: digits(option.tokensPerPass),
		speed: digits(option.tokensPerSecond),
		times: overAr.toFixed(2)
	};
	const sentence = decoder === 'tidar' ? m.measure_gain(said) : m.measure_loss(said);
	return basis === 'evaluated'
		? sentence
		: m.sentences({ first: sentence, second: m.measure_assumed() });
}
