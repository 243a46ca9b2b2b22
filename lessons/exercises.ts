import { layout, tidarSpec, visible } from '../engine/mask/index.ts';
import type { Task } from '../src/lib/learn/exercise.ts';
import { valueOf } from './values.ts';

/** What the exercise of each lesson asks for; its words are in `exercise.ts` beside the lesson, in both languages. */
export const tasks: Readonly<Record<string, () => Task>> = {
	'chef-and-courier': () => ({
		goals: [
			{ of: 'trip', least: 20 },
			{ of: 'cook', most: 3 },
			{ of: 'busy', least: 50 }
		],
		solution: 'trip=20&cook=3&plates=7'
	}),
	'one-token-at-a-time': () => ({
		goals: [{ of: 'cached', least: 50, most: 50 }],
		solution: 'step=16'
	}),
	'140-gb-for-one-word': () => ({
		goals: [
			{ of: 'b', least: 70 },
			{ of: 'gpu', is: 'h100-sxm' },
			{ of: 'n', is: '1' },
			{ of: 'over', most: 0 },
			{ of: 'perSecond', least: 90 }
		],
		solution: 'b=70&gpu=h100-sxm&n=1&bits=4'
	}),
	roofline: () => ({
		goals: [
			{ of: 'gpu', is: 'h100-sxm' },
			{ of: 'share', least: 48, most: 52 }
		],
		solution: 'gpu=h100-sxm&slots=162'
	}),
	'free-tokens': () => ({
		goals: [
			{ of: 'model', is: 'qwen3-8b' },
			{ of: 'more', least: 48, most: 50 }
		],
		solution: 'model=qwen3-8b&context=1024&slots=208'
	}),
	'the-intern': () => ({
		goals: [
			{ of: 'a', least: 0.8, most: 0.8 },
			{ of: 'c', least: 0.2, most: 0.2 },
			{ of: 'short', most: 0 }
		],
		solution: 'a=0.8&c=0.2&gamma=4&check=formula'
	}),
	'eagle-3': () => ({
		goals: [
			{ of: 'batch', is: '4' },
			{ of: 'a', least: 0.75, most: 0.75 },
			{ of: 'lead', least: 1 },
			{ of: 'gamma', least: 4 }
		],
		solution: 'batch=4&a=0.75&gamma=4&model=qwen3-8b'
	}),
	'all-at-once': () => ({
		goals: [
			{ of: 'ask', least: 1, most: 1 },
			{ of: 'rate', least: 1.9 },
			{ of: 'repeated', most: 2 }
		],
		solution: 'ask=1&t=0.3&pass=64'
	}),
	'think-and-talk': () => ({
		goals: [{ of: 'added', least: 4 }],
		solution: 'step=14'
	}),
	'who-sees-whom': () => ({
		answer: visible(layout(tidarSpec(4))).flat().length,
		tolerance: 0
	}),
	'nothing-is-wasted': () => ({
		goals: [{ of: 'kept', least: 1, most: 1 }],
		solution: 'step=5'
	}),
	'six-times-faster': () => ({
		goals: [
			{ of: 'cost', least: 1.5 },
			{ of: 'tokens', most: 8 },
			{ of: 'times', least: 5 }
		],
		solution: 'tokens=7.5&cost=1.5'
	}),
	lossless: () => ({
		goals: [
			{ of: 'n', least: 1000 },
			{ of: 'away', most: 4 }
		],
		solution: 'rule=check&n=2000'
	}),
	'no-free-lunch': () => ({
		goals: [
			{ of: 'where', is: 'h100' },
			{ of: 'batch', least: 32 },
			{ of: 'times', least: 1.35 }
		],
		solution: 'where=h100&batch=32&k=3&show=speed'
	}),
	'how-it-is-trained': () => ({
		goals: [
			{ of: 'blocks', least: 3, most: 3 },
			{ of: 'masks', least: 7, most: 7 }
		],
		solution: 'k=3&first=1'
	}),
	'was-the-article-right': () => ({
		answer: (100 * valueOf('tidar.tokens8').value) / valueOf('batch32.ratio').value,
		tolerance: 0.02
	})
};
