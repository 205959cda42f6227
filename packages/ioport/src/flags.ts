/** Resource flags by their kernel names without the `IORESOURCE_` in front (include/linux/ioport.h). */
export const IORESOURCE = {
  IO: 0x100,
  MEM: 0x200,
  REG: 0x300,
  IRQ: 0x400,
  DMA: 0x800,
  BUS: 0x1000,
  TYPE_BITS: 0x1f00,
  PREFETCH: 0x2000,
  READONLY: 0x4000,
  CACHEABLE: 0x8000,
  RANGELENGTH: 0x1_0000,
  SHADOWABLE: 0x2_0000,
  SIZEALIGN: 0x4_0000,
  STARTALIGN: 0x8_0000,
  MEM_64: 0x10_0000,
  WINDOW: 0x20_0000,
  MUXED: 0x40_0000,
  SYSRAM: 0x100_0000,
  SYSTEM_RAM: 0x100_0200,
  SYSRAM_DRIVER_MANAGED: 0x200_0000,
  SYSRAM_MERGEABLE: 0x400_0000,
  EXCLUSIVE: 0x800_0000,
  DISABLED: 0x1000_0000,
  UNSET: 0x2000_0000,
  AUTO: 0x4000_0000,
  BUSY: 0x8000_0000,
} as const;

/**
 * Resource descriptors by their kernel names without the `IORES_DESC_` in front, with their values in Linux 7.3.
 * The 2019 series gave `KEXEC_KERNEL` the value 8, the next free one of its day; that has since become SOFT_RESERVED,
 * so this takes the next free one of ours.
 */
export const IORES_DESC = {
  NONE: 0,
  CRASH_KERNEL: 1,
  ACPI_TABLES: 2,
  ACPI_NV_STORAGE: 3,
  PERSISTENT_MEMORY: 4,
  PERSISTENT_MEMORY_LEGACY: 5,
  DEVICE_PRIVATE_MEMORY: 6,
  RESERVED: 7,
  SOFT_RESERVED: 8,
  CXL: 9,
  KEXEC_KERNEL: 10,
} as const;

/** What the kernel requires of memory, and of System RAM, in its walks: `MEM | BUSY` and `SYSTEM_RAM | BUSY`. */
export const BUSY_MEM: number = (IORESOURCE.MEM | IORESOURCE.BUSY) >>> 0;
export const BUSY_RAM: number = (IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY) >>> 0;

/** True if every bit of `wanted` is set in `flags`. */
export function hasFlags(flags: number, wanted: number): boolean {
  // Double negation by unsigned shift: BUSY is the sign bit of a 32-bit integer.
  return (flags & wanted) >>> 0 === wanted >>> 0;
}

/** Type bits of a resource: IO, MEM, IRQ, DMA, BUS. */
export function resourceType(flags: number): number {
  return flags & IORESOURCE.TYPE_BITS;
}

const SINGLE_BITS = Object.entries(IORESOURCE).filter(([, bit]) => (bit & (bit - 1)) === 0);

/** Names of the flags that are set, lowest bit first; `REG` stands for IO and MEM together. Unknown bits come in hex. */
export function flagNames(flags: number): string[] {
  const names: string[] = [];
  let rest = flags >>> 0;
  if (resourceType(rest) === IORESOURCE.REG) {
    names.push('REG');
    rest -= IORESOURCE.REG;
  }
  for (const [name, bit] of SINGLE_BITS) {
    if (!hasFlags(rest, bit)) continue;
    names.push(name);
    rest -= bit;
  }
  return rest === 0 ? names : [...names, `0x${rest.toString(16)}`];
}

/** Name of a descriptor, or its number as text. */
export function descName(desc: number): string {
  return Object.entries(IORES_DESC).find(([, value]) => value === desc)?.[0] ?? String(desc);
}
