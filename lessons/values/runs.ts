import { tokensPerPass } from '../../engine/decode/index.ts';
import { sessionOf, type Value, type Values } from './value.ts';

function sessionTokens(id: string): Value {
	const { steps, prompt, settings } = sessionOf(id);
	return {
		value: tokensPerPass(steps),
		unit: 'tokens',
		how: `“${prompt}”, k = ${settings.k}`,
		source: 'session'
	};
}

function passes(id: string): Value {
	const { steps, prompt } = sessionOf(id);
	return {
		value: steps.filter(({ kind }) => kind === 'decode').length,
		unit: 'passes',
		how: `“${prompt}”`,
		source: 'session'
	};
}

/** Numbers read off the runs that the site ships. */
export const runs: Values = {
	'sky.tokens': () => sessionTokens('sky'),
	'gravity.tokens': () => sessionTokens('gravity'),
	'story.tokens': () => sessionTokens('story'),
	'count.tokens': () => sessionTokens('count'),
	'gravity.arPasses': () => passes('gravity-ar'),
	'gravity.answer': () => {
		const tokens = sessionOf('gravity').steps.flatMap(({ emitted }) => emitted).length;
		return { value: tokens, unit: 'tokens', how: 'What is gravity?', source: 'session' };
	}
};
