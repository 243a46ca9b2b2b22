import { expect, test } from 'vitest';
import { editOf } from '../../../src/lib/server/edit.ts';

const file = 'lessons/zh/01-part/02-lesson/index.md';

test('where a text can be edited: as the build is told, or where it runs; else nowhere', () => {
	expect(editOf(file, {})).toBeUndefined();
	expect(editOf(file, { GITHUB_SERVER_URL: 'https://github.com' })).toBeUndefined();
	const wanted = `https://github.com/someone/tidar-lab/edit/main/${file}`;
	expect(
		editOf(file, {
			GITHUB_SERVER_URL: 'https://github.com',
			GITHUB_REPOSITORY: 'someone/tidar-lab'
		})
	).toBe(wanted);
	expect(editOf(file, { REPOSITORY: 'https://github.com/someone/tidar-lab/' })).toBe(wanted);
	expect(editOf(file, { REPOSITORY: 'https://example.org/lab', BRANCH: 'next' })).toBe(
		`https://example.org/lab/edit/next/${file}`
	);
	expect(() => editOf(file, { REPOSITORY: 'javascript:alert(1)' })).toThrow(/https/);
});
