/** What a visitor may do to get WebGPU; the page has a sentence for each. */
export type Advice = 'insecure' | 'safari' | 'firefox' | 'linux' | 'chromium';

/**
 * What stands between this browser and WebGPU, by its user agent. Versions: caniuse.com/webgpu, and the browsers'
 * release notes.
 * @param secure `isSecureContext`: without it no browser offers a GPU
 */
export function adviceFor(userAgent: string, secure: boolean): Advice {
	if (!secure) return 'insecure';
	if (/Firefox\//.test(userAgent)) return 'firefox';
	if (/(Chrome|Chromium|CriOS)\//.test(userAgent)) {
		// On iOS every browser is Safari underneath.
		if (/CriOS\//.test(userAgent)) return 'safari';
		return /Linux/.test(userAgent) && !/Android/.test(userAgent) ? 'linux' : 'chromium';
	}
	return /Safari\//.test(userAgent) ? 'safari' : 'chromium';
}
