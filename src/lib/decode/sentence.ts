/** What a session, its steps and its trouble are in words. */
export * from './sentence/run.ts';
export {
	describeTile,
	nameOfDrafter,
	nameOfSlot,
	tellReason,
	tellRole,
	tellVerdict
} from './sentence/slot.ts';
export * from './sentence/step.ts';
export * from './sentence/story.ts';
export * from './sentence/trouble.ts';
