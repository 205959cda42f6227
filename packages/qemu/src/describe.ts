import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryRanges, parseFdt } from '@kexeckit/fdt';
import {
  alignUp,
  createTree,
  freeRam,
  type HoleRequest,
  IORESOURCE,
  insertResource,
  locateMemHole,
  printIomem,
  type Range,
  rangeSize,
  systemRam,
} from '@kexeckit/ioport';
import type { MachineDescription } from '@kexeckit/reboot';
import { binaryOf, CONSOLE, FIRMWARE_DTB_SIZE, machineArguments, type QemuOptions, RAM_BASE } from './options.ts';
import { endedEarly, startQemu } from './process.ts';

/** Asks QEMU itself for the machine's device tree, and makes the memory map that a kernel would show from it. */
export async function describeMachine(options: QemuOptions, folder: string): Promise<MachineDescription> {
  const file = join(folder, 'machine.dtb');
  const qemu = await startQemu(binaryOf(options), machineArguments(options, `,dumpdtb=${file}`));
  const complaint = await qemu.ended;
  const dtb = await readFile(file).catch(() => {
    throw endedEarly('inputs', complaint, []);
  });
  return {
    name: 'qemu',
    iomem: memoryMap(dtb),
    dtb,
    exceptionLevel: options.exceptionLevel,
    ...(options.vhe && { vhe: true }),
    ...(options.softRestart && { softRestart: true }),
    console: CONSOLE,
    cpus: options.cpus,
    canReserve: true,
  };
}

const MIB = 1n << 20n;
const GIB4 = 1n << 32n;
/** The contiguous memory allocator's (CONFIG_CMA_SIZE_MBYTES of Debian's arm64 kernels). */
const CMA = 64n * MIB;
/** Early tables and per-node data, and the rounding of all these. */
const EARLY = 16n * MIB;
/** A `struct page` for each page: 64 bytes for 4096. */
const MEMMAP_SHARE = 64n;

/**
 * What Linux takes from the top of the first 4 GiB before it looks at `crashkernel=`: its contiguous memory and, where
 * there is no RAM above, its memory map and early tables.
 */
function takenEarly(ram: readonly Range[]): HoleRequest {
  const isLow = ram.every(({ end }) => end < GIB4);
  const bytes = ram.reduce((sum, range) => sum + rangeSize(range), 0n);
  const size = CMA + (isLow ? alignUp(bytes / MEMMAP_SHARE, 4n * MIB) + EARLY : 0n);
  return { size, align: 4n * MIB, max: GIB4 - 1n, topDown: true };
}

/** The memory nodes as System RAM; the start of RAM is QEMU's own, and the top of low memory is what a kernel takes. */
function memoryMap(dtb: Uint8Array): string {
  const tree = createTree('iomem');
  const flags = IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY;
  for (const { start, end } of memoryRanges(parseFdt(dtb)))
    insertResource(tree, { name: 'System RAM', start, end, flags });
  const firmware = { start: RAM_BASE, end: RAM_BASE + FIRMWARE_DTB_SIZE - 1n };
  insertResource(tree, { name: 'reserved', ...firmware, flags: IORESOURCE.MEM | IORESOURCE.BUSY });
  const early = takenEarly(systemRam(tree));
  const start = locateMemHole(freeRam(tree), early);
  if (start !== undefined)
    insertResource(tree, {
      name: 'reserved',
      start,
      end: start + early.size - 1n,
      flags: IORESOURCE.MEM | IORESOURCE.BUSY,
    });
  return printIomem(tree);
}
