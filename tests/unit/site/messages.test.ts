import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

type Message = string | { match: Record<string, string> }[];
const root = 'src/i18n/messages';
const files = readdirSync(`${root}/en`).sort();
const read = (locale: string): Record<string, Message> =>
	Object.fromEntries(
		files
			.flatMap((file) =>
				Object.entries<Message>(JSON.parse(readFileSync(`${root}/${locale}/${file}`, 'utf8')))
			)
			.filter(([key]) => key !== '$schema')
	);
const en = read('en');
const zh = read('zh');
const texts = (message: Message) =>
	typeof message === 'string' ? [message] : Object.values(message[0]!.match);
const inputs = (message: Message) =>
	Array.from(
		new Set(
			texts(message).flatMap((text) => Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name))
		)
	).sort();

test('both languages have the same messages, and every file of them is compiled', () => {
	expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
	const settings = JSON.parse(readFileSync('src/i18n/project.inlang/settings.json', 'utf8'));
	const compiled: string[] = settings['plugin.inlang.messageFormat'].pathPattern;
	expect(compiled.map((path) => path.split('/').pop()).sort()).toEqual(files);
});

test('every message says something, with the same inputs in both languages', () => {
	for (const [key, message] of Object.entries(en)) {
		for (const text of [...texts(message), ...texts(zh[key]!)]) {
			expect(text.trim(), key).not.toBe('');
		}
		expect(inputs(zh[key]!), key).toEqual(inputs(message));
	}
});

test('Chinese messages are Chinese, names aside', () => {
	const names = [
		'api_link',
		'decoder_tidar',
		'measure_gpu',
		'measure_h100',
		'race_gpu',
		'race_tidar',
		'race_tidar_short',
		'setting_top_p',
		'time_gpu'
	];
	const foreign = Object.entries(zh)
		.filter(([, message]) => {
			const text = texts(message)
				.join('')
				.replace(/\{\w+\}/g, '');
			return /[a-z]/i.test(text) && !/\p{Script=Han}/u.test(text);
		})
		.map(([key]) => key);
	expect(foreign.sort()).toEqual(names);
});
