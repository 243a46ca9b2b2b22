import { expect, test } from 'vitest';
import { record } from '../../../engine/cli/recordings.ts';
import { answerOf, type DecoderName } from '../../../engine/decode/index.ts';
import { makeSession } from '../site/fixture.ts';

/** The files of a recording whose every answer is the same short one. */
async function filesOf(...here: DecoderName[]): Promise<string[]> {
	const session = await makeSession({ decoder: 'ar', maxTokens: 4 });
	const files = record(
		async (_prompt, settings) => ({ ...session, settings }),
		async (_prompt, answers) => answers.map((answer) => answer.map(() => -1)),
		false,
		here
	);
	const found: string[] = [];
	for await (const { file } of files) found.push(file);
	expect(answerOf(session)).toHaveLength(4);
	return found;
}

test('record(): what needs weights of its own is recorded when they are here, and only then', async () => {
	const without = await filesOf();
	expect(without).toContain('sessions/gravity.json');
	expect(without.filter((file) => /eagle3|llada|dream|plants/.test(file))).toEqual([]);
	const withHead = await filesOf('eagle3');
	expect(withHead.filter((file) => !without.includes(file))).toEqual([
		'races/plants.json',
		'sessions/gravity-eagle3.json'
	]);
});
