export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const KEY = 'theme';

/** The reader's choice; app.html applies the stored one before the first paint. */
class ThemeChoice {
	current = $state<Theme>('system');

	/** Takes over what app.html found. */
	read(): void {
		const stored = document.documentElement.dataset.theme;
		this.current = stored === 'light' || stored === 'dark' ? stored : 'system';
	}

	choose(theme: Theme): void {
		this.current = theme;
		if (theme === 'system') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = theme;
		try {
			if (theme === 'system') localStorage.removeItem(KEY);
			else localStorage.setItem(KEY, theme);
		} catch {
			// A private window keeps the choice for this page only.
		}
	}
}

export const theme = new ThemeChoice();
