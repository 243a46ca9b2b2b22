import type { Device } from './device.ts';
import { datacenter } from './devices/datacenter.ts';
import { desktop } from './devices/desktop.ts';
import { laptops } from './devices/laptops.ts';
import { phones } from './devices/phones.ts';

/** All accelerators, datacenter first. */
export const devices: readonly Device[] = [...datacenter, ...desktop, ...laptops, ...phones];

const byId = new Map(devices.map((d) => [d.id, d]));

/** The device of an id such as 'h100-sxm', or undefined. */
export const findDevice = (id: string): Device | undefined => byId.get(id);
