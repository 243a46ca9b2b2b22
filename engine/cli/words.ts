import { weightFormats, type Remedy } from '../cost/index.ts';

/** A change that would make a setup fit, in words; `each` where several devices share the model. */
export function tellRemedy(remedy: Remedy, each = false): string {
	switch (remedy.kind) {
		case 'devices':
			return `${remedy.count} devices (tensor parallel ${remedy.count})`;
		case 'weights':
			return `${weightFormats[remedy.format].label} weights`;
		case 'kv':
			return 'an 8-bit KV cache';
		case 'batch':
			return `a batch of at most ${remedy.most}`;
		case 'device':
			return `one ${remedy.device.name} (${remedy.device.capacity.value} GB)${each ? ' each' : ''}`;
		case 'smaller':
			return `at least ${remedy.count} devices, or a smaller model, batch or context`;
	}
}
