import { FdtError, findNode, getProperty, parseFdt, readU32, readU64 } from '@kexeckit/fdt';
import { findByName, type Range, rangeSize } from '@kexeckit/ioport';
import type { Load } from './checks/check.ts';
import { memoryOrUndefined } from './facts.ts';
import type { Host } from './host-values.ts';
import type { Evidence } from './reading.ts';

/** How much memory a load takes. */
export interface LoadSize {
  /** Undefined where nothing is known. */
  readonly size: bigint | undefined;
  /** Whether it is the size of what will be loaded, not one like it. */
  readonly isExact: boolean;
  /** What takes it, in words. */
  readonly how: string;
  readonly evidence: readonly Evidence[];
}

/** A device tree has at most 2 MiB. */
const TREE = 2n << 20n;

/** What is to be loaded, or else a kernel and an initramfs like those that run. */
export function loadSize(host: Host, load?: Load): LoadSize {
  if (load !== undefined) return { size: load.size, isExact: true, how: 'the segments', evidence: [] };
  const kernel = runningKernel(host);
  if (kernel === undefined) return { size: undefined, isExact: false, how: 'the segments', evidence: [] };
  const initrd = runningInitrd(host);
  const evidence = [kernel.evidence, ...(initrd === undefined ? [] : [initrd.evidence])];
  return {
    size: kernel.size + (initrd?.size ?? 0n) + TREE,
    isExact: false,
    how: initrd === undefined ? 'a kernel like the running one' : 'a kernel and an initramfs like the running ones',
    evidence,
  };
}

/** Something that stands in memory. */
export interface Part {
  readonly size: bigint;
  readonly range: Range;
  readonly evidence: Evidence;
}

/** From the first byte of code to the last of data. */
export function runningKernel(host: Host): Part | undefined {
  const memory = memoryOrUndefined(host);
  if (memory === undefined) return undefined;
  const [code] = findByName(memory, 'Kernel code');
  const data = findByName(memory, 'Kernel data').at(-1);
  if (code === undefined || data === undefined || data.end < code.start) return undefined;
  const range = { start: code.start, end: data.end };
  const text = `${spelled(range)} : Kernel code to Kernel data`;
  return { size: rangeSize(range), range, evidence: { path: '/proc/iomem', text } };
}

/** As the boot loader put it into the device tree; UEFI's stub of newer kernels does not. */
export function runningInitrd({ fdt }: Host): Part | undefined {
  if (fdt === undefined) return undefined;
  try {
    const chosen = findNode(parseFdt(fdt), '/chosen');
    const [start, end] = ['linux,initrd-start', 'linux,initrd-end'].map((name) => {
      const value = chosen && getProperty(chosen, name);
      if (value === undefined) return undefined;
      return value.length === 8 ? readU64(value) : BigInt(readU32(value));
    });
    if (start === undefined || end === undefined || end <= start) return undefined;
    const range = { start, end: end - 1n };
    const text = `linux,initrd-start to -end: ${spelled(range)}`;
    return { size: end - start, range, evidence: { path: '/sys/firmware/fdt', text } };
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}

const spelled = ({ start, end }: Range): string => `${start.toString(16)}-${end.toString(16)}`;
