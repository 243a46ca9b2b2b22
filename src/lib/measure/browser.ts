/** The moment, ISO 8601. */
export const today = (): string => new Date().toISOString();

/** Name and version of a browser as it tells them; systems and the like are left out. */
export function browserOf(userAgent: string): string {
	const found =
		/(Edg|OPR|Firefox|Chrome)\/(\d+)/.exec(userAgent) ??
		/(Version)\/([\d.]+) .*Safari/.exec(userAgent);
	if (!found) return 'unknown';
	const names: Record<string, string> = {
		Edg: 'Edge',
		OPR: 'Opera',
		Chrome: 'Chromium',
		Version: 'Safari'
	};
	return `${names[found[1]!] ?? found[1]} ${found[2]}`;
}
