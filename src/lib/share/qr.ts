import QRCode from 'qrcode';

/** White modules around a code, which readers need (ISO/IEC 18004 asks for 4). */
export const QUIET = 4;

export interface Qr {
	/** Modules on a side, the quiet zone not counted. */
	readonly size: number;
	/** SVG path of the dark modules, one unit each, the quiet zone included. */
	readonly path: string;
}

/**
 * A text as a QR code of the least size, with the least error correction that phones need at arm's length: long
 * links stay readable. Undefined where it does not fit (2953 bytes).
 */
export function qrOf(text: string): Qr | undefined {
	try {
		const { modules } = QRCode.create(text, { errorCorrectionLevel: 'L' });
		const { size, data } = modules;
		let path = '';
		for (let y = 0; y < size; y++) {
			for (let x = 0; x < size; x++) {
				if (!data[y * size + x]) continue;
				let end = x + 1;
				while (end < size && data[y * size + end]) end++;
				path += `M${x + QUIET} ${y + QUIET}h${end - x}v1h${x - end}z`;
				x = end;
			}
		}
		return { size, path };
	} catch {
		return undefined;
	}
}

/** A code as a file of its own: black on white in any theme, since many readers want that. */
export const qrSvg = ({ size, path }: Qr): string => {
	const side = size + 2 * QUIET;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${8 * side}" height="${8 * side}" shape-rendering="crispEdges"><rect width="${side}" height="${side}" fill="#fff"/><path d="${path}"/></svg>\n`;
};
