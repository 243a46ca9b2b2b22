import { MediaQuery } from 'svelte/reactivity';

/** How large the text is, in per cent of the browser's own size. */
export const sizes = [90, 100, 115, 130] as const;
export type Size = (typeof sizes)[number];

/** What a reader may set, and what each is at first. Each is an attribute of <html>, by which the styles go. */
const initial = { size: '100', motion: 'full', contrast: 'plain' } as const;
export const choices = {
	size: sizes.map(String),
	motion: ['full', 'still'],
	contrast: ['plain', 'more']
} as const;
export type Setting = keyof typeof initial;
export const settings = Object.keys(initial) as Setting[];

const KEY = 'reading';
const reduced = new MediaQuery('prefers-reduced-motion: reduce');
const contrast = new MediaQuery('prefers-contrast: more');

/**
 * How the reader wants to read, in this browser alone. What the operating system asks for wins: less motion and more
 * contrast can be added here, not taken away. app.html applies what is stored before the first paint.
 */
class Reading {
	#chosen = $state.raw<Readonly<Record<Setting, string>>>(initial);

	/** Settings that differ from what they are at first. */
	readonly changed = $derived(settings.filter((name) => this.#chosen[name] !== initial[name]));

	/** Takes over what app.html found. */
	read(): void {
		const { dataset } = document.documentElement;
		this.#chosen = Object.fromEntries(
			settings.map((name) => [name, dataset[name] ?? initial[name]])
		) as Record<Setting, string>;
	}

	of(name: Setting): string {
		return this.#chosen[name];
	}

	choose(name: Setting, value: string): void {
		if (!(choices[name] as readonly string[]).includes(value)) return;
		this.#set({ ...this.#chosen, [name]: value });
	}

	reset(): void {
		this.#set(initial);
	}

	/** What the operating system asks for already. */
	asked(name: Setting): boolean {
		return name === 'motion' ? reduced.current : name === 'contrast' && contrast.current;
	}

	#set(next: Readonly<Record<Setting, string>>): void {
		this.#chosen = next;
		for (const name of settings) {
			if (next[name] === initial[name]) delete document.documentElement.dataset[name];
			else document.documentElement.dataset[name] = next[name];
		}
		try {
			if (this.changed.length === 0) localStorage.removeItem(KEY);
			else localStorage.setItem(KEY, JSON.stringify(next));
		} catch {
			// A private window keeps the choice for this page only.
		}
	}
}

export const reading = new Reading();

/** Whether things are to stand still: by the operating system's wish, or by the reader's. */
export const calm = {
	get current(): boolean {
		return reduced.current || reading.of('motion') === 'still';
	}
};
