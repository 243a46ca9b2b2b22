import { render } from 'vitest-browser-svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Said from '../../../src/lib/components/Said.svelte';

const heard = () => document.querySelector('[role=status]')!.textContent;

describe('Said', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	test('what stands there at first is not said', async () => {
		await render(Said, { text: 'a' });
		vi.advanceTimersByTime(60_000);
		await Promise.resolve();
		expect(heard()).toBe('');
	});

	test('what goes by is not said, what stays is, once', async () => {
		const { rerender } = await render(Said, { text: 'a' });
		const all = new Set<string>();
		for (let i = 0; i < 20; i++) {
			await rerender({ text: `at ${i}` });
			vi.advanceTimersByTime(300);
			await Promise.resolve();
			all.add(heard());
		}
		expect([...all]).toEqual(['']);
		vi.advanceTimersByTime(1000);
		await Promise.resolve();
		expect(heard()).toBe('at 19');
	});

	test('back where it was before anybody heard: nothing is said', async () => {
		const { rerender } = await render(Said, { text: 'a' });
		await rerender({ text: 'b' });
		vi.advanceTimersByTime(300);
		await rerender({ text: 'a' });
		vi.advanceTimersByTime(60_000);
		await Promise.resolve();
		expect(heard()).toBe('');
	});
});
