import type { OperatorName } from '$engine/timeline/index.ts';
import { m } from '$lib/paraglide/messages';
import type { LabelSet } from './labels.ts';
import type { Words } from './words.ts';

const operators: Partial<Record<OperatorName, () => string>> = {
	norm: m.timeline_op_norm,
	qkv: m.timeline_op_qkv,
	rope: m.timeline_op_rope,
	copy: m.timeline_op_copy,
	cache: m.timeline_op_cache,
	attention: m.timeline_op_attention,
	o: m.timeline_op_o,
	router: m.timeline_op_router,
	'gate-up': m.timeline_op_gate_up,
	activation: m.timeline_op_activation,
	down: m.timeline_op_down,
	add: m.timeline_op_add,
	head: m.timeline_op_head,
	sampling: m.timeline_op_sampling,
	'all-reduce': m.timeline_op_all_reduce,
	matmul: m.timeline_op_matmul,
	other: m.timeline_op_other
};

const roles: Record<string, (slots: { slots: number }) => string> = {
	step: m.timeline_role_step,
	draft: m.timeline_role_draft,
	verify: m.timeline_role_verify,
	denoise: m.timeline_role_denoise,
	prefill: m.timeline_role_prefill
};

/** The renderer's words in the reader's language. */
export function wordsOf(set: LabelSet): Words {
	const kitchen = set === 'kitchen';
	return {
		lane: {
			pass: kitchen ? m.timeline_kitchen_pass() : m.timeline_lane_pass(),
			layer: kitchen ? m.timeline_kitchen_layer() : m.timeline_lane_layer(),
			kernel: kitchen ? m.timeline_kitchen_kernel() : m.timeline_lane_kernel(),
			memory: kitchen ? m.timeline_kitchen_memory() : m.timeline_lane_memory(),
			compute: kitchen ? m.timeline_kitchen_compute() : m.timeline_lane_compute(),
			launch: kitchen ? m.timeline_kitchen_launch() : m.timeline_lane_launch(),
			link: m.timeline_lane_link(),
			readback: kitchen ? m.timeline_kitchen_readback() : m.timeline_lane_readback(),
			difference: m.timeline_lane_difference(),
			track: m.timeline_lane_track()
		},
		slice: {
			pass: m.timeline_slice_pass(),
			layer: m.timeline_slice_layer(),
			kernel: m.timeline_slice_kernel(),
			weights: kitchen ? m.timeline_kitchen_weights() : m.timeline_slice_weights(),
			kv: kitchen ? m.timeline_kitchen_kv() : m.timeline_slice_kv(),
			activations: kitchen ? m.timeline_kitchen_activations() : m.timeline_slice_activations(),
			compute: kitchen ? m.timeline_kitchen_cooking() : m.timeline_slice_compute(),
			launch: m.timeline_slice_launch(),
			link: m.timeline_slice_link(),
			readback: m.timeline_slice_readback(),
			slower: m.timeline_slice_slower(),
			faster: m.timeline_slice_faster(),
			event: m.timeline_slice_event()
		},
		operator: (operator) => operators[operator]?.() ?? operator,
		layer: (number) => m.timeline_layer({ number }),
		role: (role, slots) => roles[role]?.({ slots }) ?? role,
		tokens: kitchen ? m.timeline_kitchen_tokens() : m.timeline_tokens()
	};
}
