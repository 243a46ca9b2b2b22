import { expect } from '@playwright/test';
import { axeFinds, complaints, test } from './page.ts';
import { allPages, isChinese } from './routes.ts';

/** What holds for every page there is. */

/** What a finger cannot hit: WCAG 2.2, 2.5.8, whose exceptions are links within text and what has room around it. */
function smallTargets(): string[] {
	const MIN = 24;
	const wanted = 'a[href], button, select, input, summary, textarea, [role=button], [role=slider]';
	const boxes = Array.from(document.querySelectorAll<HTMLElement>(wanted), (element) => {
		// A field within its label is as large as the label.
		const box = (element.closest('label') ?? element).getBoundingClientRect();
		const own = element.getBoundingClientRect();
		return { element, box: own.width * own.height > box.width * box.height ? own : box };
	}).filter(({ element, box }) => box.width > 1 && box.height > 1 && element.checkVisibility());
	const inText = (element: HTMLElement) => {
		const line = element.closest('p, li, td, dd, figcaption, blockquote');
		return (
			line !== null &&
			getComputedStyle(element).display.startsWith('inline') &&
			line.textContent!.trim().length > element.textContent!.trim().length
		);
	};
	const centre = ({ x, y, width, height }: DOMRect) => [x + width / 2, y + height / 2] as const;
	return boxes
		.filter(({ element, box }) => {
			if (box.width >= MIN && box.height >= MIN) return false;
			if (inText(element)) return false;
			// Spacing: a circle of 24 px round its middle touches no other target, nor another small one's circle.
			const [x, y] = centre(box);
			return boxes.some((other) => {
				if (other.element === element || other.element.contains(element)) return false;
				if (element.contains(other.element)) return false;
				const { box: b } = other;
				const dx = Math.max(b.left - x, 0, x - b.right);
				const dy = Math.max(b.top - y, 0, y - b.bottom);
				if (Math.hypot(dx, dy) < MIN / 2) return true;
				const [ox, oy] = centre(b);
				return (b.width < MIN || b.height < MIN) && Math.hypot(ox - x, oy - y) < MIN;
			});
		})
		.map(({ element, box }) => {
			const { tagName, className, textContent } = element;
			const name = element.getAttribute('aria-label') ?? textContent!.trim().slice(0, 30);
			return `${tagName.toLowerCase()}.${String(className)} '${name}' ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`;
		});
}

/** Figures that no key reaches: neither the picture nor anything within it takes the focus. */
function deafFigures(): string[] {
	const takes = 'a[href], button, select, input, summary, [tabindex="0"]';
	return Array.from(document.querySelectorAll('main figure'))
		.filter((figure) => (figure as HTMLElement).checkVisibility() && !figure.querySelector(takes))
		.map((figure) => figure.outerHTML.slice(0, 120));
}

/** What moves by itself though the reader wants nothing to: a fade of what has arrived, of 120 ms, is not moving. */
function movers(): string[] {
	return document
		.getAnimations()
		.filter(({ playState, effect }) => {
			const { duration, iterations } = effect!.getComputedTiming();
			return playState === 'running' && (Number(duration) > 120 || iterations === Infinity);
		})
		.map(({ effect }) => (effect as KeyframeEffect).target?.outerHTML.slice(0, 100) ?? '');
}

/** Opens everything that can be unfolded. */
function unfold() {
	for (const details of document.querySelectorAll('details')) details.open = true;
}

// English in both themes, Chinese in the dark one: the same elements have the same colours in both.
for (const chinese of [false, true]) {
	test(`every page (${chinese ? 'zh' : 'en'}): no complaint, no stranger, fits at 200 % and 360 px, targets of 24 px, figures by key, nothing moves by itself, axe`, async ({
		page,
		baseURL
	}) => {
		const heard = complaints(page);
		const strangers: string[] = [];
		page.on('request', (request) => {
			const url = request.url();
			if (/^(https?|wss?):/.test(url) && !url.startsWith(`${baseURL}/`)) strangers.push(url);
		});
		const found: Record<string, unknown> = {};
		const pages = allPages().filter((path) => isChinese(path) === chinese);
		expect(pages.length).toBeGreaterThan(5);
		const theme = (colorScheme: 'light' | 'dark') =>
			page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		for (const path of pages) {
			await theme(chinese ? 'dark' : 'light');
			// 1440 px at 200 %.
			await page.setViewportSize({ width: 720, height: 450 });
			await page.goto(path);
			await expect(page.locator('h1').first()).toBeVisible();
			const width = () => page.evaluate(() => document.documentElement.scrollWidth);
			const moving = await page.evaluate(movers);
			const zoomed = await width();
			await page.setViewportSize({ width: 360, height: 740 });
			const narrow = await width();
			const small = await page.evaluate(smallTargets);
			const deaf = await page.evaluate(deafFigures);
			await page.evaluate(unfold);
			const axe = await axeFinds(page);
			if (!chinese) {
				await theme('dark');
				axe.push(...(await axeFinds(page, ['color-contrast'])));
			}
			const lists = { small, deaf, moving, axe };
			if (zoomed > 720 || narrow > 360 || Object.values(lists).some(({ length }) => length)) {
				found[path] = { zoomed, narrow, ...lists };
			}
		}
		expect(found).toEqual({});
		expect(strangers).toEqual([]);
		heard.expectNone();
	});
}
