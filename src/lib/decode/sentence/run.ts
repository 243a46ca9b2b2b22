import type { ShapeChoice, TreeOption } from '$engine/decode/bestShape.ts';
import type { DecoderName, DeviceInfo, Order, Settings } from '$engine/decode/index.ts';
import { m } from '$lib/paraglide/messages';
import { dials, type Dial } from '../dials.ts';
import { digits } from '../number.ts';

const decoderNames: Record<DecoderName, () => string> = {
	ar: m.decoder_ar,
	tidar: m.decoder_tidar,
	'tidar-tree': m.decoder_tree,
	lookup: m.decoder_lookup,
	block: m.decoder_block,
	speculative: m.decoder_speculative,
	eagle3: () => 'EAGLE-3',
	llada: () => 'LLaDA',
	dream: () => 'Dream'
};

export const nameOfDecoder = (decoder: DecoderName): string => decoderNames[decoder]();

const orderNames: Record<Order, () => string> = {
	entropy: m.order_entropy,
	maskgit_plus: m.order_maskgit,
	topk_margin: m.order_margin,
	origin: m.order_origin
};
export const nameOfOrder = (order: Order): string => orderNames[order]();

/** A setting that only some decoders read, in few words. */
const dialled: Record<Dial, (settings: Settings) => string> = {
	k: ({ k }) => `k = ${k}`,
	beta: ({ beta }) =>
		beta === 1 ? m.trust_ar() : beta === 0 ? m.trust_diffusion() : `β = ${digits(beta)}`,
	slots: ({ slots }) => m.with_slots({ slots }),
	gamma: ({ gamma }) => `γ = ${gamma}`,
	threshold: ({ threshold }) => m.with_threshold({ threshold: digits(threshold) }),
	perPass: ({ decoder, perPass }) =>
		decoder === 'block'
			? m.with_per_pass({ count: perPass })
			: m.with_per_pass_exactly({ count: perPass }),
	block: ({ block }) => m.with_blocks({ block }),
	order: ({ order }) => nameOfOrder(order)
};

/** Settings in one line: 'TiDAR, k = 8, trust AR, greedy, at most 256 tokens'. */
export function tellSettings(settings: Settings, pair = false): string {
	const { temperature, topP, seed, maxTokens } = settings;
	const decoder = pair ? 'tidar' : settings.decoder;
	return [
		pair ? m.decoder_both() : nameOfDecoder(decoder),
		...dials[decoder].map((dial) => dialled[dial](settings)),
		...(temperature === 0
			? [m.greedy()]
			: [
					`T = ${digits(temperature)}`,
					...(topP < 1 ? [`top-p = ${digits(topP)}`] : []),
					m.with_seed({ seed })
				]),
		m.at_most_tokens({ count: maxTokens })
	].join(m.list_separator());
}

/** Where a session ran: 'WebGPU, nvidia hopper, float32' or 'WebAssembly, 2 threads, float32'. */
export function tellDevice({ backend, name, threads, precision }: DeviceInfo): string {
	return [
		backend === 'webgpu' ? 'WebGPU' : 'WebAssembly',
		...(name && name !== backend ? [name] : []),
		...(backend === 'wasm' && threads ? [m.threads({ count: threads })] : []),
		precision === 'f16' ? 'float16' : 'float32'
	].join(m.list_separator());
}

/** Which k is fastest on this device, and why: tokens a second, measured. */
export function tellShape({ decoder, k, ar, options, basis }: ShapeChoice): string {
	const best = options.find((option) => option.k === k)!;
	const numbers = {
		k,
		best: digits(best.tokensPerSecond),
		ms: digits(best.ms),
		tokens: digits(best.tokensPerPass),
		ar: digits(ar.tokensPerSecond),
		arMs: digits(ar.ms)
	};
	const said = decoder === 'tidar' ? m.shape_tidar(numbers) : m.shape_ar(numbers);
	return basis === 'evaluated' ? said : m.sentences({ first: said, second: m.shape_assumed() });
}

/** Which candidate tree is expected to be fastest on this device. */
export function tellTree({
	slots,
	k,
	ms,
	tokensPerPass,
	tokensPerSecond,
	overAr
}: TreeOption): string {
	return m.shape_tree({
		slots,
		k,
		ms: digits(ms),
		tokens: digits(tokensPerPass),
		best: digits(tokensPerSecond),
		over: digits(overAr)
	});
}
