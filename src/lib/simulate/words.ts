import type {
	Bound,
	KernelSetId,
	KvFormat,
	Operator,
	Part,
	Remedy,
	Setup,
	WeightFormat
} from '$engine/cost/index.ts';
import { sourceOf, type Device, type SourceId } from '$engine/hardware/index.ts';
import type { ConfigIssue } from '$engine/models/index.ts';
import { m } from '$lib/paraglide/messages';
import type { PresetId } from './presets.ts';
import type { Correction, View } from './url.ts';

/** Names and sentences of the simulator in the reader's language. */

const operators: Record<Operator, () => string> = {
	norm: m.sim_op_norm,
	qkv: m.sim_op_qkv,
	rope: m.sim_op_rope,
	copy: m.sim_op_copy,
	cache: m.sim_op_cache,
	attention: m.sim_op_attention,
	o: m.sim_op_o,
	router: m.sim_op_router,
	'gate-up': m.sim_op_gate_up,
	activation: m.sim_op_activation,
	down: m.sim_op_down,
	add: m.sim_op_add,
	head: m.sim_op_head,
	sampling: m.sim_op_sampling,
	'all-reduce': m.sim_op_all_reduce
};
export const nameOfOperator = (operator: Operator): string => operators[operator]();

const bounds: Record<Bound, () => string> = {
	memory: m.sim_bound_memory,
	compute: m.sim_bound_compute,
	launch: m.sim_bound_launch,
	communication: m.sim_bound_communication
};
export const nameOfBound = (bound: Bound): string => bounds[bound]();

const partNames: Record<Part, () => string> = {
	weights: m.sim_part_weights,
	kv: m.sim_part_kv,
	activations: m.sim_part_activations,
	compute: m.sim_part_compute,
	launch: m.sim_part_launch,
	communication: m.sim_part_communication
};
export const nameOfPart = (part: Part): string => partNames[part]();

const weights: Record<WeightFormat, () => string> = {
	bf16: m.sim_weights_bf16,
	fp8: m.sim_weights_fp8,
	int8: m.sim_weights_int8,
	int4: m.sim_weights_int4,
	fp4: m.sim_weights_fp4
};
export const nameOfWeights = (format: WeightFormat): string => weights[format]();

const kv: Record<KvFormat, () => string> = { bf16: m.sim_kv_bf16, fp8: m.sim_kv_fp8 };
export const nameOfKv = (format: KvFormat): string => kv[format]();

const kernels: Record<KernelSetId, [() => string, () => string]> = {
	'pytorch-fused': [m.sim_kernels_pytorch, m.sim_kernels_pytorch_note],
	ideal: [m.sim_kernels_ideal, m.sim_kernels_ideal_note],
	browser: [m.sim_kernels_browser, m.sim_kernels_browser_note]
};
export const nameOfKernels = (id: KernelSetId): string => kernels[id][0]();
export const noteOfKernels = (id: KernelSetId): string => kernels[id][1]();

const launches: Record<Setup['launch'], () => string> = {
	graph: m.sim_launch_graph,
	single: m.sim_launch_single
};
export const nameOfLaunch = (launch: Setup['launch']): string => launches[launch]();

const phases: Record<Setup['phase'], () => string> = {
	decode: m.sim_phase_decode,
	prefill: m.sim_phase_prefill
};
export const nameOfPhase = (phase: Setup['phase']): string => phases[phase]();

const kinds: Record<Device['kind'], () => string> = {
	datacenter: m.sim_kind_datacenter,
	desktop: m.sim_kind_desktop,
	laptop: m.sim_kind_laptop,
	phone: m.sim_kind_phone,
	sram: m.sim_kind_sram
};
export const nameOfKind = (kind: Device['kind']): string => kinds[kind]();

const presets: Record<PresetId, () => string> = {
	article: m.sim_preset_article,
	paper: m.sim_preset_paper,
	laptop: m.sim_preset_laptop,
	phone: m.sim_preset_phone,
	browser: m.sim_preset_browser,
	rack: m.sim_preset_rack
};
export const nameOfPreset = (id: PresetId): string => presets[id]();

const views: Record<View, () => string> = {
	step: m.sim_view_step,
	batch: m.sim_view_batch,
	service: m.sim_view_service,
	error: m.sim_view_error
};
export const nameOfView = (view: View): string => views[view]();

/** The GPU or model of a set-up; one of the reader's own in the reader's language. */
export const nameOf = ({ id, name }: { id: string; name: string }): string =>
	id === 'custom' ? m.sim_custom() : id === 'article-70b' ? m.sim_model_article() : name;

/** Where a number comes from: title and date. */
export function tellSource(id: SourceId): string {
	const { title, date } = sourceOf(id);
	return id === 'typed' ? m.sim_typed() : `${title}, ${date}`;
}

/** A change that would make a set-up fit. */
export function tellRemedy(remedy: Remedy): string {
	switch (remedy.kind) {
		case 'devices':
			return m.sim_remedy_devices({ count: remedy.count });
		case 'weights':
			return m.sim_remedy_weights({ format: nameOfWeights(remedy.format) });
		case 'kv':
			return m.sim_remedy_kv();
		case 'batch':
			return m.sim_remedy_batch({ most: remedy.most });
		case 'device':
			return m.sim_remedy_device({
				name: remedy.device.name,
				capacity: remedy.device.capacity.value
			});
		case 'smaller':
			return m.sim_remedy_smaller({ count: remedy.count });
	}
}

/** What is wrong with one field of a config.json. */
export function tellIssue({ field, problem, than = '' }: ConfigIssue): string {
	switch (problem) {
		case 'not JSON':
			return m.sim_config_not_json({ than });
		case 'not an object':
			return m.sim_config_not_object();
		case 'missing':
			return m.sim_config_missing({ field });
		case 'not a number':
			return m.sim_config_not_number({ field });
		case 'not whole':
			return m.sim_config_not_whole({ field });
		case 'too small':
			return m.sim_config_too_small({ field, than });
		case 'too large':
			return m.sim_config_too_large({ field, than });
		case 'not true or false':
			return m.sim_config_not_boolean({ field });
		case 'not a name':
			return m.sim_config_not_name({ field });
		case 'not a list of layer types':
			return m.sim_config_not_layers({ field });
		case 'too few':
			return m.sim_config_too_few({ field, than });
		case 'no multiple':
			return m.sim_config_no_multiple({ field, than });
	}
}

/** What a link asked for and did not get. */
export function tellCorrection({ name, asked, taken, near, config }: Correction): string {
	if (config) {
		const wrong = config.issues.map(tellIssue).join(' ') || m.sim_config_too_long();
		return m.sim_link_config({ name, wrong, taken });
	}
	if (near) {
		return m.sim_link_unknown({ name, asked, near: near.join(m.list_separator()), taken });
	}
	return m.link_corrected({ name, asked, taken });
}

const gpus = ({ tp, device }: Setup) => (tp > 1 ? `${tp} × ${nameOf(device)}` : nameOf(device));

/** What a service runs on, in one line. */
export const tellServed = (s: Setup): string =>
	m.sim_served({ gpu: gpus(s), model: nameOf(s.model) });

/** A set-up in one line. */
export const tellSetup = (s: Setup): string =>
	m.sim_setup({
		gpu: gpus(s),
		model: nameOf(s.model),
		batch: s.batch,
		slots: s.slots,
		context: s.context
	});
