import type { LaneKind, OperatorName, SliceKind } from '$engine/timeline/index.ts';

/** What the renderer writes, in the reader's language. */
export interface Words {
	readonly lane: Readonly<Record<LaneKind, string>>;
	readonly slice: Readonly<Record<SliceKind, string>>;
	readonly operator: (operator: OperatorName) => string;
	readonly layer: (number: number) => string;
	readonly role: (role: string, slots: number) => string;
	readonly tokens: string;
}
