/**
 * With at least `fewest` and at most `most` decimals, grouped by thousands: as Intl.NumberFormat has it in English,
 * the first of which takes a phone 100 ms to make, before the page answers.
 */
function format(value: number, fewest: number, most: number): string {
	// Rounded as written, not as stored: 0.0045 is a little less in binary.
	const size = Math.abs(value);
	const shifted = Math.round(Number(`${size}e${most}`) || size * 10 ** most);
	const [whole = '', decimals = ''] = (shifted / 10 ** most).toFixed(most).split('.');
	const kept = decimals.slice(0, fewest) + decimals.slice(fewest).replace(/0+$/, '');
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
	const sign = value < 0 || Object.is(value, -0) ? '-' : '';
	return `${sign}${grouped}${kept && `.${kept}`}`;
}

/** Three significant digits, without exponent: 7.23, 41, 1,020 (grouped from four digits on). */
export function digits(value: number): string {
	if (!Number.isFinite(value)) return '–';
	const rounded = Number(value.toPrecision(3));
	const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded) || 1)));
	const most = Math.min(decimals, 3);
	return format(rounded, Number.isInteger(value) ? 0 : most, most);
}

/** A whole number in full, grouped: 2,048. */
export const count = (value: number): string => format(value, 0, 3);

/** A probability as a percentage: 100 %, 41 %, 0.3 %, < 0.1 %. */
export function percent(p: number): string {
	const value = p * 100;
	if (value === 0) return '0 %';
	if (value > 0 && value < 0.1) return '< 0.1 %';
	if (value > 99.9 && value < 100) return '> 99.9 %';
	return `${value < 1 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Bytes in decimal units: 46.1 kB, 92.4 MB. */
export function bytes(count: number): string {
	const units = ['B', 'kB', 'MB', 'GB'];
	const power = count < 1 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
	return `${digits(count / 1000 ** power)} ${units[power]}`;
}

/** A duration in ms as '7.20 ms', '1.35 s' or '2 min 5 s'. */
export function duration(ms: number): string {
	if (ms < 1000) return `${digits(ms)} ms`;
	const s = ms / 1000;
	return s < 60 ? `${digits(s)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}
