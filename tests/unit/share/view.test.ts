import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameCode } from '../../../src/lib/share/frame.ts';
import { qrOf, qrSvg } from '../../../src/lib/share/qr.ts';
import {
	named,
	partsOf,
	partsOfPages,
	plainView,
	readView,
	searchOf,
	unknownParts
} from '../../../src/lib/share/view.ts';

const read = (query: string) => readView(new URLSearchParams(query));

describe('readView(params)', () => {
	test('flags need no value; 0 and false turn them off', () => {
		expect(read('embed')).toEqual({ embed: true, projector: false, hide: [] });
		expect(read('embed=1&projector=true')).toMatchObject({ embed: true, projector: true });
		expect(read('embed=0&projector=false')).toEqual(plainView);
	});

	test('hide is a list without repetition', () => {
		expect(read('hide=mask, cache,,mask').hide).toEqual(['mask', 'cache']);
	});

	test('whatever is asked for, names stay few, and only plain ones reach a selector', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 900 }), (hide) => {
				const view = readView(new URLSearchParams([['hide', hide]]));
				expect(view.hide.length).toBeLessThanOrEqual(20);
				for (const part of named(view.hide)) expect(part).toMatch(/^[a-z]{1,20}$/);
			})
		);
	});
});

describe('searchOf(state, view)', () => {
	test('keeps the page’s own state, replaces the view, and is read back', () => {
		const state = new URLSearchParams('k=4&embed&hide=old');
		const view = { embed: true, projector: true, hide: ['mask', 'cache'] };
		const search = searchOf(state, view);
		expect(search).toBe('?k=4&embed&projector&hide=mask,cache');
		expect(readView(new URLSearchParams(search))).toEqual(view);
		expect(searchOf(state, plainView)).toBe('?k=4');
		expect(searchOf(new URLSearchParams(), plainView)).toBe('');
	});
});

describe('parts', () => {
	test('every lesson has those of lessons; pages without parts have none', () => {
		expect(partsOf('/learn/tidar/lossless/')).toContain('quiz');
		expect(partsOf('/learn/')).toEqual([]);
		expect(partsOf('/nowhere/')).toEqual([]);
		expect(unknownParts(read('hide=mask,nix'), '/decode/')).toEqual(['nix']);
	});

	test('every part of a page is marked in its markup, and every mark is a part', () => {
		const sources: Record<string, string> = {
			'/learn/': 'src/routes/learn/[part]/[lesson]/+page.svelte'
		};
		for (const [path, parts] of Object.entries(partsOfPages)) {
			const file = sources[path] ?? `src/routes${path}+page.svelte`;
			expect(existsSync(file), file).toBe(true);
			const page = readFileSync(file, 'utf8');
			// A page may leave its parts to components of its own.
			const components = Array.from(
				page.matchAll(/'\$lib(\/components\/[\w/]+\.svelte)'/g),
				([, own]) => own!
			)
				.filter((own) => own.startsWith(`/components${path}`))
				.map((own) => readFileSync(`src/lib${own}`, 'utf8'));
			const source = [page, ...components].join('\n');
			const marked = Array.from(source.matchAll(/data-part="(\w+)"/g), ([, part]) => part!);
			if (source.includes('<PageTitle')) marked.push('intro');
			expect(new Set(marked), path).toEqual(new Set(parts));
		}
	});
});

describe('qrOf(text)', () => {
	test('has the finder patterns at three corners', () => {
		const qr = qrOf('https://example.org/decode/?session=sky&step=3')!;
		expect(qr.path).toMatch(/^M4 4h7v1h-7z/);
		expect(qr.path).toContain(`M${qr.size - 3} 4h7v1h-7z`);
		expect(qr.path).toContain(`M4 ${qr.size - 3}h7v1h-7z`);
		expect(qrSvg(qr)).toContain(`viewBox="0 0 ${qr.size + 8} ${qr.size + 8}"`);
	});

	test('a link that is too long has none', () => {
		expect(qrOf('x'.repeat(2953))).toBeDefined();
		expect(qrOf('x'.repeat(2954))).toBeUndefined();
	});
});

test('frameCode escapes what stands in attributes', () => {
	expect(frameCode('https://example.org/?a=1&b="', '<x>')).toContain(
		'src="https://example.org/?a=1&#38;b=&#34;" title="&#60;x&#62;"'
	);
});
