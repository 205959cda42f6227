import type { ImageHeader } from '@kexeckit/boot-image';
import { alignDown, alignUp, locateMemHole, type Range } from '@kexeckit/ioport';
import type { Segment } from '@kexeckit/relocation';
import { RebootError } from './error.ts';

/** What is to be placed: the kernel, and the sizes of what comes with it, in bytes. */
export interface Cargo {
  readonly header: ImageHeader;
  readonly kernelSize: number;
  readonly initrdSize: number | undefined;
  readonly dtbSize: number;
}

/** Where everything goes. */
export interface Placement {
  readonly segments: Segment[];
  readonly entry: bigint;
  readonly dtb: bigint;
  readonly initrd: Range | undefined;
}

const PAGE = 4096n;
const MIB2 = 2n << 20n;
const GIB = 1n << 30n;
/** kernel and initrd share a window of this size whose start is 1 GiB-aligned. */
const WINDOW = 32n * GIB;

/**
 * Places the segments in `ranges` as arm64 kexec loaders do (Documentation/arch/arm64/booting.rst): the kernel at
 * `text_offset` from the lowest 2 MiB boundary with room for its whole image, then above it the initrd, page-aligned
 * and within the 32 GiB window, and the device tree on a 2 MiB boundary of its own.
 *
 * @throws RebootError `ENOSPC` naming what does not fit.
 */
export function placeSegments(ranges: readonly Range[], cargo: Cargo): Placement {
  const { header } = cargo;
  const kernelSize = BigInt(cargo.kernelSize);
  const size = alignUp(header.imageSize > kernelSize ? header.imageSize : kernelSize, PAGE);
  const base = find(ranges, 'kernel', { size: header.textOffset + size, align: MIB2 });
  const kernel: Segment = { name: 'kernel', mem: base + header.textOffset, memsz: size, bufsz: kernelSize };
  const segments = [kernel];
  const above = kernel.mem + kernel.memsz;

  let initrd: Range | undefined;
  if (cargo.initrdSize !== undefined) {
    const memsz = alignUp(BigInt(cargo.initrdSize), PAGE);
    const max = alignDown(base, GIB) + WINDOW - 1n;
    const mem = find(ranges, 'initrd', { size: memsz, align: PAGE, min: above, max });
    segments.push({ name: 'initrd', mem, memsz, bufsz: BigInt(cargo.initrdSize) });
    initrd = { start: mem, end: mem + BigInt(cargo.initrdSize) - 1n };
  }

  const avoid = segments.map(({ mem, memsz }) => ({ start: mem, end: mem + memsz - 1n }));
  const memsz = alignUp(BigInt(cargo.dtbSize), PAGE);
  if (memsz > MIB2) {
    throw new RebootError('plan', 'ENOSPC', `the device tree takes ${cargo.dtbSize} bytes`, {
      hint: 'the boot protocol allows 2 MiB',
    });
  }
  const dtb = find(ranges, 'device tree', { size: memsz, align: MIB2, min: above, avoid });
  segments.push({ name: 'dtb', mem: dtb, memsz, bufsz: BigInt(cargo.dtbSize) });
  return { segments, entry: kernel.mem, dtb, initrd };
}

function find(ranges: readonly Range[], what: string, request: Parameters<typeof locateMemHole>[1]): bigint {
  const found = locateMemHole(ranges, request);
  if (found !== undefined) return found;
  const mib = (request.size / (1n << 20n) + 1n).toString();
  throw new RebootError('plan', 'ENOSPC', `no room for the ${what}: ${mib} MiB, aligned to ${request.align}`, {
    hint: 'use a machine with more memory, a larger region, or smaller files',
  });
}
