import { nameKey, parameq } from './parameq.ts';
import type { Token } from './token.ts';

/**
 * Parameters of which every occurrence counts, in the order in which they stand, so that none may go for the sake of a later one.
 * Of all others a repetition with the same value changes nothing.
 */
export const ADDING_UP: readonly string[] = [
  'acpi_mask_gpe',
  'acpi_osi',
  'blkdevparts',
  'block2mtd.block2mtd',
  'bond',
  'bootconfig',
  'bridge',
  'console',
  'crashkernel',
  'ddebug_query',
  'default_hugepagesz',
  'dm-mod.create',
  'dyndbg',
  'earlycon',
  'efi_fake_mem',
  'ether',
  'hugepages',
  'hugepagesz',
  'ifname',
  'initcall_blacklist',
  'initrd',
  'ip',
  'ivrs_acpihid',
  'ivrs_hpet',
  'ivrs_ioapic',
  'kexeckernel',
  'kprobe_event',
  'md',
  'memmap',
  'module_blacklist',
  'mtdparts',
  'nameserver',
  'netdev',
  'numa',
  'pci',
  'phram.phram',
  'raid',
  'reserve',
  'reserve_mem',
  'slram',
  'trace_event',
  'trace_instance',
  'trace_trigger',
  'ubi.block',
  'ubi.mtd',
  'usbcore.quirks',
  'video',
  'virtio_mmio.device',
  'vlan',
];

/** The same for all that begin so: what dracut and systemd read. */
export const ADDING_UP_PREFIXES: readonly string[] = ['luks.', 'mount.', 'rd.', 'systemd.'];

const ADDING_UP_KEYS: ReadonlySet<string> = new Set(ADDING_UP.map(nameKey));

/** True if an earlier occurrence of the parameter still counts where the same one comes again. */
export function addsUp(param: string): boolean {
  return ADDING_UP_KEYS.has(nameKey(param)) || ADDING_UP_PREFIXES.some((prefix) => param.startsWith(prefix));
}

/** The same parameter with the same value; `-` and `_` are one in a name. */
export function isSame(a: Token, b: Token): boolean {
  return a.value === b.value && parameq(a.param, b.param);
}

/** The same text for all that are the same parameter with the same value. */
export function tokenKey({ param, value }: Token): string {
  return value === null ? nameKey(param) : `${nameKey(param)}=${value}`;
}
