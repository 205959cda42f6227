import { memoryRanges, parseFdt } from '@kexeckit/fdt';
import {
  alignUp,
  createTree,
  freeRam,
  type HoleRequest,
  IORESOURCE,
  insertResource,
  locateMemHole,
  type Range,
  type ResourceTree,
  rangeSize,
  systemRam,
} from '@kexeckit/ioport';
import { type CpuFeatures, featureRegisters, featuresOf, phases, type Reality, realityOf } from '@kexeckit/reboot';
import { QemuError } from './error.ts';
import type { GdbClient } from './gdb.ts';
import { CONSOLE, FIRMWARE_DTB_SIZE, type QemuOptions, RAM_BASE } from './options.ts';
import { type StoppedMachine, startStopped } from './stopped.ts';

/**
 * Asks QEMU itself for the machine's device tree and CPU, and makes the memory map that a kernel would show from it.
 *
 * @throws RebootError in phase `describe`; the signal's reason.
 */
export async function describeMachine(options: QemuOptions, signal: AbortSignal): Promise<Reality> {
  const machine = await startStopped(options, phases.describe, { signal });
  try {
    return await machine.during(phases.describe, signal, realityOn(machine, options));
  } finally {
    await machine.end();
  }
}

async function realityOn(machine: StoppedMachine, options: QemuOptions): Promise<Reality> {
  const dtb = await firmwareTree(machine);
  return realityOf({
    name: 'qemu',
    memory: mapOf(dtb),
    dtb,
    features: await features(machine.gdb),
    exceptionLevel: options.exceptionLevel,
    vhe: options.vhe ?? false,
    softRestart: options.softRestart ?? false,
    console: { kind: 'pl011', address: CONSOLE },
    cpus: options.cpus,
    canReserve: true,
  });
}

/** The start of a flattened device tree: magic and total size, big-endian (Devicetree Specification 5.2). */
const HEADER_BYTES = 8;
const FDT_MAGIC = 0xd00dfeed;

/** QEMU writes its device tree to the start of RAM at reset, before anything runs. */
async function firmwareTree({ ram }: StoppedMachine): Promise<Uint8Array> {
  const header = new DataView((await ram.read(RAM_BASE, HEADER_BYTES)).buffer);
  const size = header.getUint32(4);
  if (header.getUint32(0) !== FDT_MAGIC || size > FIRMWARE_DTB_SIZE)
    throw new QemuError('EPROTO', 'QEMU left no device tree at the start of RAM', 'use another version of QEMU');
  return await ram.read(RAM_BASE, size);
}

async function features(gdb: GdbClient): Promise<CpuFeatures> {
  const values = new Map<string, bigint>();
  for (const register of featureRegisters) values.set(register, await gdb.register(register));
  return featuresOf((register) => values.get(register) ?? 0n);
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

/** @throws QemuError `EPROTO` for a tree that makes no sense, or memory that no machine has. */
function mapOf(dtb: Uint8Array): ResourceTree {
  try {
    return memoryMap(dtb);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QemuError(
      'EPROTO',
      `QEMU left a device tree that makes no sense: ${why}`,
      'use another version of QEMU',
      {
        cause,
      },
    );
  }
}

/** The memory nodes as System RAM; the start of RAM is QEMU's own, and the top of low memory is what a kernel takes. */
function memoryMap(dtb: Uint8Array): ResourceTree {
  const tree = createTree('iomem');
  const flags = IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY;
  for (const { start, end } of memoryRanges(parseFdt(dtb)))
    insertResource(tree, { name: 'System RAM', start, end, flags });
  const reserve = (start: bigint, end: bigint): void => {
    insertResource(tree, { name: 'reserved', start, end, flags: IORESOURCE.MEM | IORESOURCE.BUSY });
  };
  reserve(RAM_BASE, RAM_BASE + FIRMWARE_DTB_SIZE - 1n);
  const early = takenEarly(systemRam(tree));
  const start = locateMemHole(freeRam(tree), early);
  if (start !== undefined) reserve(start, start + early.size - 1n);
  return tree;
}
