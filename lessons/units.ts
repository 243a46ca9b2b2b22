/** Units by language, as they stand behind a number. */
export const units = {
	'': { en: '', zh: '' },
	ms: { en: ' ms', zh: ' 毫秒' },
	µs: { en: ' µs', zh: ' 微秒' },
	s: { en: ' s', zh: ' 秒' },
	J: { en: ' J', zh: ' 焦耳' },
	W: { en: ' W', zh: ' 瓦' },
	$: { en: ' dollars', zh: ' 美元' },
	GB: { en: ' GB', zh: ' GB' },
	MB: { en: ' MB', zh: ' MB' },
	kB: { en: ' kB', zh: ' kB' },
	'TB/s': { en: ' TB/s', zh: ' TB/s' },
	'TFLOP/s': { en: ' TFLOP/s', zh: ' TFLOP/s' },
	GFLOP: { en: ' GFLOP', zh: ' GFLOP' },
	'FLOP/byte': { en: ' FLOP/byte', zh: ' FLOP/字节' },
	'%': { en: ' %', zh: '%' },
	'×': { en: '×', zh: ' 倍' },
	tokens: { en: ' tokens', zh: ' 个词元' },
	'tokens/s': { en: ' tokens a second', zh: ' 个词元' },
	'M tokens': { en: ' M tokens', zh: 'M 个词元' },
	'B tokens': { en: ' B tokens', zh: 'B 个词元' },
	minutes: { en: ' minutes', zh: ' 分钟' },
	slots: { en: ' slots', zh: ' 个槽位' },
	passes: { en: ' passes', zh: ' 次前向' },
	cells: { en: ' cells', zh: ' 格' }
} as const;
export type Unit = keyof typeof units;
