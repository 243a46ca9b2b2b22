import fc from 'fast-check';

/** Input as strangers send it: nonsense, nearly right, and right with one thing wrong. */

/** Each parser meets this many. A failing case prints its seed and path. */
export const CASES = 10_000;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What may stand where anything else was expected. */
const wrong: fc.Arbitrary<Json> = fc.oneof(
	fc.constantFrom<Json[]>(
		null,
		true,
		'',
		[],
		{},
		0,
		-1,
		1e308,
		-1e308,
		1.5,
		5e-324,
		2 ** 53,
		'NaN',
		'Infinity',
		'__proto__',
		'constructor',
		'\u0000',
		'\ud800',
		'💥'.repeat(40)
	),
	fc.double({ noNaN: true, noDefaultInfinity: true }),
	fc.integer(),
	fc.string({ maxLength: 12, unit: 'binary' }),
	fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
);

const names = fc.oneof(
	fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', ''),
	fc.string({ maxLength: 8 })
);

/**
 * A document with one to three things changed somewhere: a value replaced, a field taken away or added, a list emptied
 * or doubled.
 */
export const damaged = (document: unknown): fc.Arbitrary<string> => {
	const whole = JSON.stringify(document);
	const change = fc.record({
		path: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
		how: fc.constantFrom('replace', 'remove', 'add', 'empty', 'double'),
		name: names,
		value: wrong
	});
	return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
		const root: Json = JSON.parse(whole);
		for (const { path, how, name, value } of changes) {
			// The numbers walk down: each chooses a child, and where there is none the walk ends.
			let node: Json = root;
			let parent: Json[] | { [key: string]: Json } | undefined;
			let key = '';
			for (const step of path) {
				if (typeof node !== 'object' || node === null) break;
				const keys = Object.keys(node);
				if (keys.length === 0) break;
				parent = node;
				key = keys[step % keys.length]!;
				node = (node as { [key: string]: Json })[key]!;
			}
			if (!parent) continue;
			const place = parent as { [key: string]: Json };
			if (how === 'remove') {
				if (Array.isArray(parent)) parent.splice(Number(key), 1);
				else delete place[key];
			} else if (how === 'add' && !Array.isArray(parent)) {
				// As JSON.parse does it: an own field, whatever its name.
				Object.defineProperty(place, name, {
					value,
					enumerable: true,
					configurable: true,
					writable: true
				});
			} else if (how === 'empty' && Array.isArray(node)) place[key] = [];
			else if (how === 'double' && Array.isArray(node)) place[key] = [...node, ...node];
			else place[key] = value;
		}
		return JSON.stringify(root);
	});
};

/** A text with some letters taken away, doubled or replaced, or cut short. */
export const torn = (text: string): fc.Arbitrary<string> =>
	fc
		.record({
			at: fc.nat({ max: text.length }),
			length: fc.nat({ max: 40 }),
			put: fc.string({ maxLength: 6, unit: 'binary' }),
			cut: fc.boolean()
		})
		.map(
			({ at, length, put, cut }) => text.slice(0, at) + (cut ? '' : put + text.slice(at + length))
		);

/** Files where `document` was expected: half of them nearly right. */
export const files = (document: unknown): fc.Arbitrary<string> =>
	fc.oneof(
		{ weight: 5, arbitrary: damaged(document) },
		{ weight: 2, arbitrary: torn(JSON.stringify(document)) },
		{ weight: 1, arbitrary: wrong.map((value) => JSON.stringify(value)) },
		{ weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
		{ weight: 1, arbitrary: fc.json({ maxDepth: 3 }) }
	);

/** What may stand behind the equals sign of a link. */
const values = fc.oneof(
	fc.constantFrom(
		'',
		'0',
		'-1',
		'1e999',
		'NaN',
		'0x10',
		' 7 ',
		'٣',
		'%',
		'%E0%A4%A',
		'a,b,c',
		'1:2:3',
		'~',
		'null',
		'__proto__',
		'constructor',
		'toString',
		'{}',
		'[]',
		'\ud800'
	),
	fc.integer().map(String),
	fc.double().map(String),
	fc.string({ maxLength: 30, unit: 'binary' }),
	fc
		.array(
			fc.constantFrom('1', ',', '.', ':', '~', '-', '_', 'e', 'tidar', ' ', '@', '/', '+', '"'),
			{ maxLength: 20 }
		)
		.map((all) => all.join(''))
);

/**
 * Links of a page.
 * @param known names that the page reads, with values it would take
 */
export const links = (
	known: Readonly<Record<string, readonly string[]>>
): fc.Arbitrary<URLSearchParams> => {
	const pairs = Object.entries(known).map(([name, right]) =>
		fc.tuple(
			fc.constant(name),
			right.length > 0
				? fc.oneof(values, fc.constantFrom(...right), fc.constantFrom(...right).chain(torn))
				: values
		)
	);
	const pair = fc.oneof(
		{ weight: 12, arbitrary: fc.oneof(...pairs) },
		{ weight: 1, arbitrary: fc.tuple(names, values) }
	);
	return fc.array(pair, { maxLength: 8 }).map((all) => new URLSearchParams(all));
};

/** The names and values of links that a page writes itself. */
export function knownIn(
	...queries: readonly (string | URLSearchParams)[]
): Record<string, string[]> {
	const known: Record<string, string[]> = {};
	for (const query of queries) {
		for (const [name, value] of new URLSearchParams(query)) (known[name] ??= []).push(value);
	}
	return known;
}
