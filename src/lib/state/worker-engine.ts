import type { Engine } from './engine.ts';

/** The model in its worker. */
export class WorkerEngine implements Engine {
	onlost: Engine['onlost'];

	constructor(readonly base: string) {}

	inspect: Engine['inspect'] = () => Promise.reject(new Error('not wired'));
	load: Engine['load'] = () => Promise.reject(new Error('not wired'));
	count: Engine['count'] = () => Promise.reject(new Error('not wired'));
	// eslint-disable-next-line require-yield
	async *answer(): ReturnType<Engine['answer']> {
		throw new Error('not wired');
	}
	remove: Engine['remove'] = () => Promise.reject(new Error('not wired'));
	dispose(): void {}
}
