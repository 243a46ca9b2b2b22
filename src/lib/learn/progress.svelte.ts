import {
	merge,
	nothing,
	parseProgress,
	type Attempt,
	type LessonProgress,
	type Progress
} from './progress.ts';

const KEY = 'lessons';

/** The reader's progress: in this browser alone, and silent where nothing can be stored. */
class Kept {
	current = $state.raw<Progress>(nothing);
	/** Read from the browser; before that, and on the server, there is none. */
	ready = $state(false);

	read(): void {
		let text: string | null = null;
		try {
			text = localStorage.getItem(KEY);
		} catch {
			// A browser that keeps nothing: progress lasts as long as the page.
		}
		const parsed = text === null ? undefined : parseProgress(text);
		if (parsed?.ok) this.current = merge(this.current, parsed.progress);
		this.ready = true;
	}

	of(lesson: string): LessonProgress | undefined {
		return this.current.lessons[lesson];
	}

	/** Changes what is known of a lesson, and its time. */
	change(lesson: string, how: (now: LessonProgress) => Partial<LessonProgress>): void {
		const now = this.of(lesson) ?? { read: false, at: '', quiz: {}, guesses: {} };
		this.replace({
			...this.current,
			lessons: {
				...this.current.lessons,
				[lesson]: { ...now, ...how(now), at: new Date().toISOString() }
			}
		});
	}

	answered(lesson: string, question: string, attempt: Attempt): void {
		this.change(lesson, ({ quiz }) => ({ quiz: { ...quiz, [question]: attempt } }));
	}

	guessed(lesson: string, question: string, guess: number): void {
		this.change(lesson, ({ guesses }) => ({ guesses: { ...guesses, [question]: guess } }));
	}

	replace(progress: Progress): void {
		this.current = progress;
		try {
			localStorage.setItem(KEY, JSON.stringify(progress));
		} catch {
			// As above.
		}
	}
}

export const kept = new Kept();
