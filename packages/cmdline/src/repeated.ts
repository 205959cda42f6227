import { parameq } from './parameq.ts';
import type { Token } from './token.ts';

/**
 * Parameters of which every occurrence counts, in the order in which they stand, so that none may go for the sake of a later one.
 * Of all others a repetition with the same value changes nothing.
 */
export const ADDING_UP: readonly string[] = [
  'acpi_mask_gpe',
  'blkdevparts',
  'bond',
  'bootconfig',
  'bridge',
  'console',
  'crashkernel',
  'ddebug_query',
  'dm-mod.create',
  'dyndbg',
  'earlycon',
  'efi_fake_mem',
  'ether',
  'hugepages',
  'hugepagesz',
  'ifname',
  'initcall_blacklist',
  'ip',
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
  'raid',
  'reserve_mem',
  'trace_event',
  'usbcore.quirks',
  'video',
  'vlan',
];

/** The same for all that begin so: what dracut and systemd read. */
export const ADDING_UP_PREFIXES: readonly string[] = ['rd.', 'systemd.'];

/** True if an earlier occurrence of the parameter still counts where the same one comes again. */
export function addsUp(param: string): boolean {
  return (
    ADDING_UP.some((name) => parameq(name, param)) || ADDING_UP_PREFIXES.some((prefix) => param.startsWith(prefix))
  );
}

/** The same parameter with the same value; `-` and `_` are one in a name. */
export function isSame(a: Token, b: Token): boolean {
  return a.value === b.value && parameq(a.param, b.param);
}
