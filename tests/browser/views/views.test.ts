import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { describe, expect, test } from 'vitest';
import CacheView from '../../../src/lib/components/CacheView.svelte';
import Candidates from '../../../src/lib/components/Candidates.svelte';
import Counters from '../../../src/lib/components/Counters.svelte';
import MaskMatrix from '../../../src/lib/components/MaskMatrix.svelte';
import PlayerBar from '../../../src/lib/components/PlayerBar.svelte';
import Settings from '../../../src/lib/components/Settings.svelte';
import StepLog from '../../../src/lib/components/StepLog.svelte';
import TokenStory from '../../../src/lib/components/TokenStory.svelte';
import Answer from '../../../src/lib/components/Answer.svelte';
import TokenStrip from '../../../src/lib/components/TokenStrip.svelte';
import { bestShape } from '../../../engine/decode/bestShape.ts';
import { defaults, pathOf } from '../../../engine/decode/index.ts';
import { frameAt } from '../../../src/lib/decode/frame.ts';
import { Look } from '../../../src/lib/state/look.svelte.ts';
import { Player } from '../../../src/lib/state/player.svelte.ts';
import { makeSession } from '../../unit/site/fixture.ts';

const session = await makeSession({}, { agreement: 0.5 });
const corrected = session.steps.findIndex(({ next }) => next?.first === 'correction');

describe('TokenStrip', () => {
	test('draws every tile of the frame, named in words', async () => {
		await render(TokenStrip, { session, index: corrected });
		const tiles = document.querySelectorAll('.tile');
		const length = Math.min(
			...Array.from(tiles, (tile) => tile.getAttribute('aria-label')!.length)
		);
		expect(length).toBeGreaterThan(5);
		for (const kind of ['draft', 'ar', 'mask'] as const) {
			expect(document.querySelectorAll(`.tile.${kind}`)).toHaveLength(
				frameAt(session, corrected, 'rest').tiles.filter((tile) => tile.kind === kind).length
			);
		}
		await expect.element(page.getByRole('button', { name: /correction/ })).toBeVisible();
		await expect.element(page.getByRole('button', { name: /rejected/ }).first()).toBeVisible();
	});

	test('the chosen block moves into the draft row: the same elements, further up', async () => {
		const screen = await render(TokenStrip, { session, index: corrected });
		const element = (key: string) => document.querySelector<HTMLElement>(`[data-key="${key}"]`);
		const drafts = frameAt(session, corrected, 'slide').tiles.filter(
			({ kind }) => kind === 'draft'
		);
		const before = drafts.map(({ key }) => element(key)!);
		// Draft 1 is the AR half's word; the block gives the others.
		expect(before.map(({ classList }) => (classList.contains('mask') ? 'mask' : 'ar'))).toEqual([
			'ar',
			...drafts.slice(1).map(() => 'mask')
		]);
		await screen.rerender({ session, index: corrected, phase: 'slide' });
		for (const [i, { key }] of drafts.entries()) {
			expect(element(key)).toBe(before[i]);
			expect(before[i]!.classList).toContain('draft');
			expect(before[i]!.style.transform).toMatch(/, 0px\)/);
		}
		expect(document.querySelectorAll('.tile.mask')).toHaveLength(0);
	});

	test('a slot looked at elsewhere lights what it sees', async () => {
		const look = new Look();
		await render(TokenStrip, { session, index: corrected, look });
		look.hovered = { slot: 0, says: false };
		// Draft 1 sees itself and the cache: one slot of the pass.
		await expect.poll(() => document.querySelectorAll('.tile.draft:not(.unlit)').length).toBe(1);
		expect(document.querySelectorAll('.tile.mask:not(.unlit)')).toHaveLength(0);
	});
});

describe('MaskMatrix', () => {
	test('walks by keys and says why', async () => {
		const look = new Look();
		await render(MaskMatrix, { session, index: corrected, look });
		const matrix = page.getByRole('application');
		(matrix.element() as unknown as HTMLElement).focus();
		look.hovered = { slot: 0, says: false };
		look.column = 0;
		await expect.element(page.getByText('Yes: a slot sees itself.')).toBeVisible();
		await userEvent.keyboard('{ArrowRight}');
		await expect.element(page.getByText(/^No: it comes later/)).toBeVisible();
		await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
		await expect.element(page.getByText(/^Yes: every slot sees the whole prefix/)).toBeVisible();
	});
});

describe('Candidates', () => {
	test('shows both halves of the rejected draft, and temperature 0 leaves one token each', async () => {
		await render(Candidates, { session, index: corrected });
		await expect.element(page.getByText(/^Rejected:/)).toBeVisible();
		const shares = () =>
			Array.from(document.querySelectorAll('.share'), ({ textContent }) => textContent!.trim());
		expect(shares().filter((share) => share !== '')).toHaveLength(10);
		const slider = page.getByRole('slider', { name: 'Temperature' });
		(slider.element() as HTMLInputElement).focus();
		await userEvent.keyboard('{Home}');
		await expect.poll(() => shares().filter((share) => share === '100 %')).toHaveLength(2);
		await page.getByRole('button', { name: 'undo' }).click();
		await expect.poll(() => shares().filter((share) => share === '100 %')).toHaveLength(0);
	});

	test('says the ratio rule with its numbers when sampling', async () => {
		const sampled = await makeSession({ temperature: 1 }, { agreement: 0.5 });
		const index = sampled.steps.findIndex(({ verdicts }) => verdicts.length > 1);
		const look = new Look();
		look.pinned = { slot: 1, says: false };
		await render(Candidates, { session: sampled, index, look });
		await expect
			.element(page.getByText(/min\(1, p\/q\) = min\(1, [\d.]+ \/ [\d.]+\)/))
			.toBeVisible();
	});
});

test('CacheView counts kept and dropped, and gives bytes only where it knows them', async () => {
	const step = session.steps[corrected]!;
	const screen = await render(CacheView, { session, index: corrected });
	await expect
		.element(page.getByText(`${step.start} → ${step.start + step.kept.length} positions`))
		.toBeVisible();
	expect(document.querySelectorAll('li.kept')).toHaveLength(step.kept.length);
	expect(document.body.textContent).not.toContain('in use');
	await screen.rerender({
		session,
		index: corrected,
		facts: { capacity: 128, layers: 30, row: 192 }
	});
	// 30 layers × (key + value) × 192 numbers × 4 bytes
	const used = (step.start + step.kept.length) * 30 * 2 * 192 * 4;
	await expect
		.element(page.getByText(new RegExp(`${Math.floor(used / 1000)}`)).first())
		.toBeVisible();
});

test('Counters says what was not measured', async () => {
	await render(Counters, { session, index: session.steps.length - 1 });
	await expect.element(page.getByText('GPU not measured')).toBeVisible();
	await expect.element(page.getByText(/^24 tokens in \d+ passes$/)).toBeVisible();
});

test('StepLog jumps to a step', async () => {
	let asked = -1;
	await render(StepLog, { session, index: 0, seek: (index: number) => (asked = index) });
	await page.getByText('Every step in one line').click();
	await page.getByRole('button', { name: /^\s*3\s/ }).click();
	expect(asked).toBe(3);
});

test('PlayerBar: forward plays the phases, back cuts to the very same step', async () => {
	const player = new Player(() => 5);
	const where = () => [player.index, player.phase];
	const forward = page.getByRole('button', { name: 'One step forward' });
	const back = page.getByRole('button', { name: 'One step back' });
	await render(PlayerBar, { player });
	// So slowly that the first phase is seen.
	player.speed = 0.001;
	await forward.click();
	expect(where()).toEqual([0, 'accept']);
	await back.click();
	expect(where()).toEqual([0, 'rest']);
	player.speed = 8;
	await forward.click();
	await expect.poll(where).toEqual([1, 'rest']);
	await back.click();
	expect(where()).toEqual([0, 'rest']);
	await page.getByRole('slider').fill('4');
	expect(player.index).toBe(4);
	await expect.element(forward).toBeDisabled();
});

test('another speed counts at once, in the middle of a pause, too', async () => {
	const player = new Player(() => 3);
	// A pause of hours.
	player.speed = 0.0001;
	player.play();
	expect([player.index, player.playing]).toEqual([0, true]);
	player.speed = 8;
	await expect.poll(() => [player.index, player.playing]).toEqual([2, false]);
});

test('Settings takes numbers within their limits', async () => {
	await render(Settings, { settings: defaults, pair: false, extras: [] });
	await page.getByText('Settings:').click();
	const k = page.getByRole('spinbutton', { name: /Drafts a step/ });
	await k.fill('99');
	await userEvent.tab();
	await expect.element(k).toHaveValue(16);
	await expect.element(page.getByText('k + k·k = 272 slots a pass')).toBeVisible();
});

test('Settings says which candidate tree is fastest here, and takes it', async () => {
	// A device whose slots are free up to 72.
	const shape = bestShape(
		4,
		[
			{ k: 4, ms: 4 },
			{ k: 8, ms: 5 }
		],
		null
	);
	const trees = [
		{ slots: 20, k: 4, tokensPerPass: 2.5 },
		{ slots: 72, k: 8, tokensPerPass: 3.5 }
	];
	const settings = { ...defaults, decoder: 'tidar-tree', slots: 20, k: 4 } as const;
	await render(Settings, { settings, pair: false, shape, trees, extras: [] });
	await page.getByText('Settings:').click();
	await expect.element(page.getByText(/72 slots and blocks of 8, 700 tokens\/s/)).toBeVisible();
	const take = page.getByRole('button', { name: 'Take 72 slots, blocks of 8' });
	await take.click();
	await expect.element(page.getByRole('spinbutton', { name: /^Slots a step/ })).toHaveValue(72);
	await expect.element(take).not.toBeInTheDocument();
});

describe('every decoder in the same views', () => {
	test('a tree: one tile a candidate, a line from each to its parent, the accepted path marked', async () => {
		const tree = await makeSession({ decoder: 'tidar-tree', slots: 40 }, { agreement: 0.4 });
		const index = tree.steps.findIndex((step) => pathOf(step).some((draft, i) => draft !== i + 1));
		const { parents } = tree.steps[index]!.layout;
		await render(TokenStrip, { session: tree, index });
		expect(document.querySelectorAll('.tile.draft')).toHaveLength(parents.length);
		expect(document.querySelectorAll('.branches path')).toHaveLength(parents.length - 1);
		expect(document.querySelectorAll('.tile.draft.accepted')).toHaveLength(
			tree.steps[index]!.emitted.length
		);
		await render(MaskMatrix, { session: tree, index });
		await expect.element(page.getByText(/on its own branch alone/)).toBeVisible();
	});

	test('a canvas: the block as it is, and a row a pass over it', async () => {
		const canvas = await makeSession({ decoder: 'block' }, { agreement: 0.5 });
		const index = canvas.steps.findLastIndex(({ emitted }) => emitted.length > 0);
		await render(TokenStrip, { session: canvas, index });
		expect(document.querySelectorAll('.row.mask.chosen')).toHaveLength(1);
		// Four places, and each once more in the row of its pass.
		expect(document.querySelectorAll('.tile.canvas.filled, .tile.canvas.chosen')).toHaveLength(8);
	});

	test('Answer: Enter on a token tells its story, arrows go on, and the story names its steps', async () => {
		let told = -1;
		await render(Answer, {
			session,
			index: session.steps.length - 1,
			tell: (ordinal: number) => (told = ordinal)
		});
		const tokens = document.querySelectorAll<HTMLElement>('[data-token]');
		tokens[4]!.focus();
		await userEvent.keyboard('{ArrowRight}{Enter}');
		expect(told).toBe(Number(tokens[5]!.dataset.token));
		const seen: number[] = [];
		await render(TokenStory, {
			session,
			ordinal: told,
			show: (step: number) => seen.push(step),
			tell: () => undefined,
			close: () => undefined
		});
		await expect.element(page.getByText(/^Written into the answer/)).toBeVisible();
		await page
			.getByRole('button', { name: /^step \d+$/ })
			.first()
			.click();
		expect(seen).toHaveLength(1);
	});

	test('Settings shows what the chosen decoder reads, and nothing else', async () => {
		await render(Settings, { settings: defaults, pair: false, extras: [] });
		await page.getByText('Settings:').click();
		await page.getByRole('radio', { name: /candidate tree/ }).click();
		await expect.element(page.getByRole('spinbutton', { name: /^Slots a step/ })).toBeVisible();
		await page.getByRole('radio', { name: /^Block diffusion/ }).click();
		await expect.element(page.getByRole('slider', { name: /^Fill at once/ })).toBeVisible();
		expect(page.getByRole('spinbutton', { name: /^Slots a step/ }).query()).toBeNull();
		await page.getByRole('radio', { name: /^Prompt lookup/ }).click();
		await expect.element(page.getByRole('spinbutton', { name: /γ/ })).toBeVisible();
	});
});
