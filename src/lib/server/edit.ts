/**
 * Where a file of the source can be edited on the web, as the build knows it: `REPOSITORY` names the repository's page, or
 * the build runs where one is at hand (GitHub Actions). Undefined where nobody says.
 * @param env the build's environment
 */
export function editOf(
	file: string,
	env: Readonly<Record<string, string | undefined>> = process.env
): string | undefined {
	const { REPOSITORY, GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, BRANCH = 'main' } = env;
	const repository = REPOSITORY ?? (server && name ? `${server}/${name}` : undefined);
	if (!repository) return undefined;
	const base = new URL(repository.replace(/\/*$/, '/'));
	if (base.protocol !== 'https:') {
		throw new Error(`REPOSITORY is to be the https address of the source, not ${repository}.`);
	}
	return new URL(`edit/${BRANCH}/${file}`, base).href;
}
