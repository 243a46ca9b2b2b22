/**
 * Faces of the reader's own fonts, as wide and tall as ours, for the moment until ours have come: nothing moves when
 * they do. `node src/fonts/fallbacks.js` writes src/lib/styles/fallbacks.css; a test compares the two.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Of a face: units per em, ascent and descent above and below the baseline, and the mean width of English letters
 * by their frequency, all in these units. From @capsizecss/metrics 4.3.0, which reads them out of the font files.
 * @typedef {{ em: number, ascent: number, descent: number, width: number }} Face
 */

/** Up to this weight a fallback's regular face stands in, above it the bold one. */
const BOLD = 550;

/** @type {{ name: string, regular: Face, bold: Face, fallbacks: { like: string, regular: [local: string[], width: number, em: number], bold: [local: string[], width: number, em: number] }[] }[]} */
export const families = [
	{
		name: 'Source Serif 4',
		regular: { em: 1000, ascent: 1036, descent: 335, width: 479 },
		bold: { em: 1000, ascent: 1036, descent: 335, width: 486 },
		fallbacks: [
			{
				like: 'Georgia',
				regular: [['Georgia'], 913, 2048],
				bold: [['Georgia Bold', 'Georgia-Bold'], 1062, 2048]
			},
			{
				// Liberation Serif and Tinos have its widths.
				like: 'Times',
				regular: [['Times New Roman', 'TimesNewRomanPSMT', 'Liberation Serif', 'Tinos'], 832, 2048],
				bold: [
					['Times New Roman Bold', 'TimesNewRomanPS-BoldMT', 'Liberation Serif Bold', 'Tinos Bold'],
					886,
					2048
				]
			},
			{
				like: 'Noto Serif',
				regular: [['Noto Serif', 'NotoSerif'], 481, 1000],
				bold: [['Noto Serif Bold', 'NotoSerif-Bold'], 512, 1000]
			}
		]
	},
	{
		name: 'Inter',
		regular: { em: 2048, ascent: 1984, descent: 494, width: 978 },
		bold: { em: 2048, ascent: 1984, descent: 494, width: 998 },
		fallbacks: [
			{
				// Liberation Sans and Arimo have its widths.
				like: 'Arial',
				regular: [['Arial', 'ArialMT', 'Liberation Sans', 'Arimo'], 913, 2048],
				bold: [['Arial Bold', 'Arial-BoldMT', 'Liberation Sans Bold', 'Arimo Bold'], 983, 2048]
			},
			{
				like: 'Roboto',
				regular: [['Roboto', 'Roboto-Regular'], 911, 2048],
				bold: [['Roboto Bold', 'Roboto-Bold'], 926, 2048]
			}
		]
	},
	{
		name: 'JetBrains Mono',
		regular: { em: 1000, ascent: 1020, descent: 300, width: 600 },
		bold: { em: 1000, ascent: 1020, descent: 300, width: 600 },
		fallbacks: [
			{
				like: 'Courier',
				regular: [['Courier New', 'CourierNewPSMT', 'Liberation Mono', 'Cousine'], 1229, 2048],
				bold: [
					['Courier New Bold', 'CourierNewPS-BoldMT', 'Liberation Mono Bold', 'Cousine Bold'],
					1229,
					2048
				]
			}
		]
	}
];

const percent = (/** @type {number} */ share) => `${Number((share * 100).toFixed(2))}%`;

/**
 * The style sheet. A fallback is scaled until its letters are as wide as ours on average; its heights, which scale
 * along, are then set to ours (CSS Fonts 5, size-adjust; the same sums as in capsize's createFontStack). Only what
 * our own files cover is scaled: other signs keep the font they would have.
 */
export const fallbacks = () =>
	`/* Written by src/fonts/fallbacks.js. */\n${families
		.flatMap(({ name, fallbacks, ...ours }) =>
			fallbacks.flatMap(({ like, ...theirs }) =>
				/** @type {const} */ (['regular', 'bold']).map((weight) => {
					const our = ours[weight];
					const [local, width, em] = theirs[weight];
					const scale = our.width / our.em / (width / em);
					return `@font-face {
	font-family: '${name} as ${like}';
	src: ${local.map((face) => `local('${face}')`).join(', ')};
	font-weight: ${weight === 'bold' ? `${BOLD + 1} 900` : `100 ${BOLD}`};
	size-adjust: ${percent(scale)};
	ascent-override: ${percent(our.ascent / our.em / scale)};
	descent-override: ${percent(our.descent / our.em / scale)};
	line-gap-override: 0%;
	unicode-range: U+0000-00FF, U+2000-206F;
}
`;
				})
			)
		)
		.join('\n')}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	writeFileSync(new URL('../lib/styles/fallbacks.css', import.meta.url), fallbacks());
}
