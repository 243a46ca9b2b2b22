/**
 * node src/api/extract.js: reads the doc comments of engine/ by TypeDoc and writes what /api shows, as JSON (its shape:
 * src/lib/server/api.ts), unless that was done for this state of engine/ already.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { cacheFile } from './cache.js';

const file = cacheFile();
if (existsSync(file)) process.exit(0);

const rooms = readdirSync('engine').filter((room) => existsSync(`engine/${room}/index.ts`));

const app = await Application.bootstrap({
	entryPoints: rooms.map((room) => `engine/${room}/index.ts`),
	tsconfig: 'tsconfig.package.json',
	skipErrorChecking: true,
	excludePrivate: true,
	excludeInternal: true,
	readme: 'none',
	logLevel: 'Error',
	sort: ['source-order'],
	gitRevision: 'main',
	disableGit: true,
	sourceLinkTemplate: '{path}'
});
const project = await app.convert();
if (!project) throw new Error('TypeDoc could not read engine/.');

/** @typedef {import('typedoc').DeclarationReflection} Declaration */
/** @typedef {import('typedoc').SignatureReflection} Signature */
/** @typedef {import('typedoc').Comment} Comment */

/** @param {readonly import('typedoc').CommentDisplayPart[]} parts */
const plain = (parts) => parts.map(({ text }) => text).join('');

/** @param {Comment | undefined} comment */
function commentOf(comment) {
	if (!comment) return undefined;
	/** @param {string} tag */
	const tagged = (tag) =>
		comment.blockTags
			.filter((block) => block.tag === tag)
			.map(({ content }) => plain(content).trim());
	return {
		text: plain(comment.summary).trim(),
		throws: tagged('@throws'),
		returns: tagged('@returns')
	};
}

/** @param {Signature} signature */
function written({ name, parameters = [], type, typeParameters = [] }) {
	const given = parameters.map(
		(p) =>
			`${p.flags.isRest ? '...' : ''}${p.name}${p.flags.isOptional || p.defaultValue ? '?' : ''}: ${p.type}`
	);
	const types = typeParameters.length ? `<${typeParameters.map((p) => p.name).join(', ')}>` : '';
	const line = `${name}${types}(${given.join(', ')}): ${type}`;
	return line.length <= 90 || given.length === 0
		? line
		: `${name}${types}(\n\t${given.join(',\n\t')}\n): ${type}`;
}

/** What a declaration looks like, without its body. @param {Declaration} d */
function signatureOf(d) {
	if (d.signatures) return d.signatures.map(written).join('\n');
	if (d.kind === ReflectionKind.TypeAlias) return `type ${d.name} = ${d.type}`;
	if (d.kind === ReflectionKind.Variable) return `const ${d.name}: ${d.type}`;
	return `${d.kind === ReflectionKind.Class ? 'class' : 'interface'} ${d.name}`;
}

/** Fields and methods. @param {Declaration} d */
const membersOf = (d) =>
	(d.children ?? (d.type?.type === 'reflection' ? d.type.declaration.children : undefined) ?? [])
		.filter(({ flags, inheritedFrom }) => !flags.isPrivate && !inheritedFrom)
		.map((member) => {
			const [signature] = member.signatures ?? [];
			const optional = member.flags.isOptional ? '?' : '';
			return {
				name: signature
					? written(signature)
					: `${member.name}${optional}: ${member.type ?? member.getSignature?.type}`,
				comment: commentOf(signature?.comment ?? member.comment ?? member.getSignature?.comment)
			};
		});

const kinds = new Map([
	[ReflectionKind.Function, 'function'],
	[ReflectionKind.Class, 'class'],
	[ReflectionKind.Interface, 'interface'],
	[ReflectionKind.TypeAlias, 'type'],
	[ReflectionKind.Variable, 'constant']
]);

const modules = (project.children ?? []).map((module) => ({
	name: module.name.replace(/\/index$/, ''),
	comment: commentOf(module.comment),
	entries: (module.children ?? [])
		.filter(({ kind }) => kinds.has(kind))
		.map((d) => ({
			name: d.name,
			kind: kinds.get(d.kind),
			signature: signatureOf(d),
			comment: commentOf(d.signatures?.[0]?.comment ?? d.comment),
			parameters: (d.signatures?.[0]?.parameters ?? [])
				.filter(({ comment }) => comment)
				.map((p) => ({ name: p.name, text: commentOf(p.comment)?.text ?? '' })),
			members: membersOf(d),
			source: d.sources?.[0] ? `${d.sources[0].fileName}:${d.sources[0].line}` : undefined
		}))
}));

// Whole or not at all: another process may be looking.
mkdirSync(dirname(file), { recursive: true });
writeFileSync(`${file}.${process.pid}`, JSON.stringify({ modules }));
renameSync(`${file}.${process.pid}`, file);
