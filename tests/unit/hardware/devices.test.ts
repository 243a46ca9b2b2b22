import { describe, expect, it } from 'vitest';
import {
	customDevice,
	customLimits,
	datasheetTFLOPs,
	devices,
	findDevice,
	numbersOf,
	sources
} from '../../../engine/hardware/index.ts';

function quantities(value: unknown): { value: number; source: string }[] {
	if (typeof value !== 'object' || value === null) return [];
	if ('value' in value && 'source' in value) return [value as { value: number; source: string }];
	return Object.values(value).flatMap(quantities);
}

describe('devices', () => {
	it('are more than twenty, with unique ids in lower case with dashes', () => {
		expect(devices.length).toBeGreaterThan(20);
		expect(new Set(devices.map((d) => d.id)).size).toBe(devices.length);
		for (const { id } of devices) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
	});

	it.each(devices.map((d) => [d.id, d] as const))(
		'%s: every number has a source with a date',
		(_, d) => {
			const all = quantities(d);
			expect(all.length).toBeGreaterThanOrEqual(8);
			for (const { value, source } of all) {
				expect(value).toBeGreaterThan(0);
				expect(sources[source as keyof typeof sources].title.length).toBeGreaterThan(8);
				expect(sources[source as keyof typeof sources].date).toMatch(/^20\d\d-\d\d/);
			}
		}
	);

	it('no source is listed in vain', () => {
		const all = [...devices, customDevice(numbersOf(findDevice('h100-sxm')!))];
		const used = new Set(all.flatMap(quantities).map((q) => q.source));
		expect(Object.keys(sources).filter((s) => !used.has(s))).toEqual([]);
	});

	it('narrower precisions are never slower', () => {
		for (const d of devices) {
			expect(datasheetTFLOPs(d, 'fp8')).toBeGreaterThanOrEqual(datasheetTFLOPs(d, 'bf16'));
			expect(datasheetTFLOPs(d, 'fp4')).toBeGreaterThanOrEqual(datasheetTFLOPs(d, 'fp8'));
		}
	});

	it('findDevice(id) knows the contract ids and nothing else', () => {
		for (const id of ['h100-sxm', 'h100-pcie', 'h200', 'a100-40', 'a100-80', 'b200', 'gb200']) {
			expect(findDevice(id)?.id).toBe(id);
		}
		expect(findDevice('H100')).toBeUndefined();
	});

	it('achieved rates are below the datasheet', () => {
		for (const d of devices.filter((x) => x.measured)) {
			expect(d.measured!.readGBps.value).toBeLessThan(d.bandwidth.value);
			expect(d.measured!.gemmTFLOPs.value).toBeLessThan(d.rates.bf16.value);
		}
	});

	it('customDevice(numbersOf(device)) has the numbers of the device, marked as typed', () => {
		for (const d of devices) {
			const numbers = numbersOf(d);
			const custom = customDevice(numbers);
			expect(numbersOf(custom)).toEqual(numbers);
			expect(custom.bandwidth.source).toBe('typed');
			for (const [name, { min, max }] of Object.entries(customLimits)) {
				const value = numbers[name as keyof typeof numbers];
				expect(value, `${d.id} ${name}`).toBeGreaterThanOrEqual(min);
				expect(value, `${d.id} ${name}`).toBeLessThanOrEqual(max);
			}
		}
	});
});
