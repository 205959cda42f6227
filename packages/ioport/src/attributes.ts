import { IoportError } from './error.ts';
import { BUSY_MEM, BUSY_RAM, IORES_DESC, IORESOURCE } from './flags.ts';
import type { TreeKind } from './tree.ts';

/** Flags and descriptors that the kernel gives to resources of these names. */
const KNOWN = new Map<string, readonly [flags: number, desc: number]>([
  ['System RAM', [BUSY_RAM, IORES_DESC.NONE]],
  ['Kernel code', [BUSY_RAM, IORES_DESC.NONE]],
  ['Kernel rodata', [BUSY_RAM, IORES_DESC.NONE]],
  ['Kernel data', [BUSY_RAM, IORES_DESC.NONE]],
  ['Kernel bss', [BUSY_RAM, IORES_DESC.NONE]],
  ['Crash kernel', [BUSY_RAM, IORES_DESC.CRASH_KERNEL]],
  ['Kexec kernel', [BUSY_RAM, IORES_DESC.KEXEC_KERNEL]],
  ['reserved', [BUSY_MEM, IORES_DESC.RESERVED]],
  ['Reserved', [BUSY_MEM, IORES_DESC.RESERVED]],
  ['Soft Reserved', [BUSY_MEM, IORES_DESC.SOFT_RESERVED]],
  ['ACPI Tables', [BUSY_MEM, IORES_DESC.ACPI_TABLES]],
  ['ACPI Non-volatile Storage', [BUSY_MEM, IORES_DESC.ACPI_NV_STORAGE]],
  ['Persistent Memory', [IORESOURCE.MEM, IORES_DESC.PERSISTENT_MEMORY]],
  ['Persistent Memory (legacy)', [IORESOURCE.MEM, IORES_DESC.PERSISTENT_MEMORY_LEGACY]],
]);
const DRIVER_MANAGED = [(BUSY_RAM | IORESOURCE.SYSRAM_DRIVER_MANAGED) >>> 0, IORES_DESC.NONE] as const;
const PLAIN_MEM = [IORESOURCE.MEM, IORES_DESC.NONE] as const;
const PLAIN_IO = [IORESOURCE.IO, IORES_DESC.NONE] as const;

/** The text has no flags: what the kernel gives to a resource of this name. */
export function attributesOf(name: string, kind: TreeKind): readonly [number, number] {
  if (kind === 'ioport') return PLAIN_IO;
  const known = KNOWN.get(name);
  if (known) return known;
  return name.startsWith('System RAM (') ? DRIVER_MANAGED : PLAIN_MEM;
}

/** What all-zero addresses mean. */
export function unprivileged(kind: TreeKind): IoportError {
  const file = kind === 'iomem' ? '/proc/iomem' : '/proc/ioports';
  return new IoportError(
    'EPERM',
    `every address in ${file} is zero: the kernel hides them from unprivileged readers`,
    `read ${file} as root (it needs CAP_SYS_ADMIN in the initial user namespace)`,
  );
}
