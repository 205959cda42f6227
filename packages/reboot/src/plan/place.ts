import type { ImageHeader } from '@kexeckit/boot-image';
import { alignDown, alignUp, locateMemHole, type Range } from '@kexeckit/ioport';
import type { Segment } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { DTB_MAX } from './limits.ts';

/** What is to be placed: the kernel, and the sizes of what comes with it, in bytes. */
export interface Cargo {
  readonly header: ImageHeader;
  readonly kernelSize: number;
  readonly initrdSize: number | undefined;
  readonly dtbSize: number;
}

/** Where everything goes. */
export interface Places {
  readonly segments: readonly Segment[];
  readonly entry: bigint;
  readonly dtb: bigint;
  readonly initrd: Range | undefined;
}

const PAGE = 4096n;
const MIB2 = 2n << 20n;
const GIB = 1n << 30n;
/** kernel and initrd share a window of this size whose start is 1 GiB-aligned. */
const WINDOW = 32n * GIB;
/** An Image may stand anywhere in the 48 bits of physical memory, and finds the rest of what it is given there. */
const LAST_ADDRESS = (1n << 48n) - 1n;

/**
 * Places the segments in `ranges` as arm64 kexec loaders do (Documentation/arch/arm64/booting.rst): the kernel at
 * `text_offset` from the lowest 2 MiB boundary with room for its whole image, then above it the initrd, page-aligned
 * and within the 32 GiB window, and the device tree on a 2 MiB boundary of its own.
 *
 * @throws RebootError in phase `plan`: `ENOSPC` naming what does not fit, `EINVAL` for a size that is not a number of bytes.
 */
export function placeSegments(ranges: readonly Range[], cargo: Cargo): Places {
  checkSize('the kernel', cargo.kernelSize);
  if (cargo.initrdSize !== undefined) checkSize('the initrd', cargo.initrdSize);
  checkSize('the device tree', cargo.dtbSize);
  const { base, kernel } = placeKernel(ranges, cargo);
  const above = kernel.mem + kernel.memsz;
  const initrd = cargo.initrdSize === undefined ? undefined : placeInitrd(ranges, cargo.initrdSize, base, above);
  const placed = initrd === undefined ? [kernel] : [kernel, initrd];
  const dtb = placeDeviceTree(ranges, cargo.dtbSize, placed, above);
  return {
    segments: [...placed, dtb],
    entry: kernel.mem,
    dtb: dtb.mem,
    initrd: initrd && { start: initrd.mem, end: initrd.mem + initrd.bufsz - 1n },
  };
}

function checkSize(what: string, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new RebootError('EINVAL', `${what} has ${bytes} bytes`, 'give a whole number of bytes, one or more', {
    phase: phases.plan,
  });
}

function placeKernel(ranges: readonly Range[], { header, kernelSize }: Cargo): { base: bigint; kernel: Segment } {
  const bufsz = BigInt(kernelSize);
  const memsz = alignUp(header.imageSize > bufsz ? header.imageSize : bufsz, PAGE);
  const base = find(ranges, 'kernel', { size: header.textOffset + memsz, align: MIB2, max: LAST_ADDRESS });
  return { base, kernel: { name: 'kernel', mem: base + header.textOffset, memsz, bufsz } };
}

function placeInitrd(ranges: readonly Range[], size: number, base: bigint, above: bigint): Segment {
  const memsz = alignUp(BigInt(size), PAGE);
  const window = alignDown(base, GIB) + WINDOW - 1n;
  const max = window < LAST_ADDRESS ? window : LAST_ADDRESS;
  const mem = find(ranges, 'initrd', { size: memsz, align: PAGE, min: above, max });
  return { name: 'initrd', mem, memsz, bufsz: BigInt(size) };
}

function placeDeviceTree(ranges: readonly Range[], size: number, placed: readonly Segment[], above: bigint): Segment {
  const memsz = alignUp(BigInt(size), PAGE);
  if (size > DTB_MAX)
    throw new RebootError('ENOSPC', `the device tree takes ${size} bytes`, 'the boot protocol allows 2 MiB', {
      phase: phases.plan,
    });
  const avoid = placed.map(({ mem, memsz: taken }) => ({ start: mem, end: mem + taken - 1n }));
  const mem = find(ranges, 'device tree', { size: memsz, align: MIB2, min: above, max: LAST_ADDRESS, avoid });
  return { name: 'dtb', mem, memsz, bufsz: BigInt(size) };
}

function find(ranges: readonly Range[], what: string, request: Parameters<typeof locateMemHole>[1]): bigint {
  const found = locateMemHole(ranges, request);
  if (found !== undefined) return found;
  const mebibytes = (request.size / (1n << 20n) + 1n).toString();
  throw new RebootError(
    'ENOSPC',
    `no room for the ${what}: ${mebibytes} MiB, aligned to ${request.align}`,
    'use a machine with more memory, a larger region, or smaller files',
    { phase: phases.plan },
  );
}
