export { agreement, type Agreement } from './agree.ts';
export { copyInMemory } from './cpu.ts';
export { measureGpu, type Micro, type MicroTest } from './gpu.ts';
export { machineOf, type Machine } from './machine.ts';
export { CONTEXT, measureSlots, STEPS, type SlotTime } from './slots.ts';
export { spreadOf, type Spread } from './spread.ts';
