import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decoderNames, type DecoderName } from '$engine/decode/index.ts';
import { COMPANIONS, hasCompanion, parseCompanions } from '$engine/runtime/companions.ts';
import {
	filesOf,
	isBeside,
	parseEither,
	parseManifest,
	type Beside,
	type Manifest
} from '$engine/runtime/manifest.ts';
import type { Extra, Moves } from '$lib/state/extras.ts';
import { DRAFT, MODEL } from '$lib/state/model-name.ts';

/**
 * Read while the site is built: weights that some decoders need beside the model's. The draft model's where its folder is
 * there, and those that companions.json lists.
 * @throws where a listed folder is missing or its manifest cannot be used: half a decoder must not be published
 */
export function extrasHere(models = 'static/models'): Extra[] {
	return decoderNames.flatMap((decoder): Extra | [] => {
		const folder = folderOf(decoder, models);
		return folder === null ? [] : extraOf(decoder, folder, models);
	});
}

function folderOf(decoder: DecoderName, models: string): string | null {
	if (decoder === 'speculative')
		return existsSync(join(models, DRAFT, 'manifest.json')) ? DRAFT : null;
	const file = join(models, COMPANIONS);
	if (!hasCompanion(decoder) || !existsSync(file)) return null;
	return parseCompanions(readFileSync(file, 'utf8'))[decoder];
}

function extraOf(decoder: DecoderName, folder: string, models: string): Extra {
	const file = join(models, folder, 'manifest.json');
	if (!existsSync(file)) {
		throw new Error(
			`${join(models, COMPANIONS)} names "${folder}" for ${decoder}, but ${file} is not there: export the weights, or put null in its place.`
		);
	}
	const own = parseEither(readFileSync(file, 'utf8'));
	const target = parseManifest(readFileSync(join(models, MODEL, 'manifest.json'), 'utf8'));
	const sizes = own.graphs.map(({ name }) => sum(filesOf(own, name)));
	return {
		decoder,
		folder,
		name: own.name,
		bytes: Math.max(...sizes),
		moves: movesOf(decoder, own, target)
	};
}

function movesOf(decoder: DecoderName, own: Manifest | Beside, target: Manifest): Moves {
	const [mine, under] = [sum(own.parts), sum(target.parts)];
	if (decoder === 'speculative') return { model: under, draft: mine };
	if (!isBeside(own)) return { model: mine, draft: 0 };
	if (own.kind === 'adapter') return { model: under + mine, draft: 0 };
	// A head reads its words' rows of the target's table: 8 bits a number, and a float16 scale for 32 of them.
	const table = own.vocabulary * target.architecture.width * (1 + 2 / 32);
	return { model: under, draft: mine + table };
}

const sum = (files: readonly { readonly bytes: number }[]): number =>
	files.reduce((all, { bytes }) => all + bytes, 0);
