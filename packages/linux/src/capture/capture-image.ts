import { randomBytes } from 'node:crypto';
import { parseImageHeader } from '@kexeckit/boot-image';
import {
  alignUp,
  findByName,
  locateMemHole,
  type Range,
  rangeSize,
  rangesOverlap,
  subtractRanges,
} from '@kexeckit/ioport';
import {
  completeMachine,
  keptBy,
  kernelFits,
  type Places,
  placeSegments,
  type Reality,
  RebootError,
} from '@kexeckit/reboot';
import {
  addressOf,
  checkSegments,
  emitRoutine,
  PAGE_SIZE,
  type Segment,
  type StagePlan,
  segmentEnd,
} from '@kexeckit/relocation';
import { LinuxError } from '../error.ts';
import type { KexecSegment } from '../syscalls/kexec.ts';
import type { CaptureKernel } from './capture-kernel.ts';
import { draftCaptureTree } from './capture-tree.ts';
import { type CoreContents, coreHeaderSize, elfCoreHeader } from './elf-core-header.ts';

/** What a panic jumps to, and what it starts. */
export interface CaptureImage {
  /** Physical address that the kernel jumps to. */
  readonly entry: bigint;
  readonly segments: readonly KexecSegment[];
  /** The capture kernel's first instruction, and the device tree that it is handed. */
  readonly kernel: bigint;
  readonly dtb: bigint;
}

/** What a capture kernel shares the region with, and the memory that both are of. */
export interface Beside {
  readonly segments: readonly Segment[];
  /** Page frames that are taken besides. */
  readonly ownPages: readonly number[];
  readonly ram: readonly Range[];
}

/** The next kernel, where a plan has put it. */
export const besidePlan = ({ placement, controlPages }: StagePlan): Beside => ({
  segments: placement.segments.filter(({ memsz }) => memsz > 0n),
  ownPages: controlPages.map(({ pfn }) => pfn),
  ram: placement.ram,
});

/** Nothing: it has the region for itself. */
export const besideNothing = (ram: readonly Range[]): Beside => ({ segments: [], ownPages: [], ram });

const PAGE = BigInt(PAGE_SIZE);
/** A capture kernel with pages of 64 KiB shares none of them with the header that it keeps. */
const HEADER_ALIGN = 64n << 10n;

/**
 * Lays a capture kernel out in the crash kernel's region, beside the next kernel where a plan has put one there. After a panic the
 * next kernel is of no use, so that the capture kernel may use the whole region as its memory; until then neither may
 * touch the other.
 *
 * @throws LinuxError `ENOSPC` for a region that has no room for both; RelocationError as checkSegments; FdtError.
 */
export function captureImage(
  capture: CaptureKernel,
  beside: Beside,
  region: Range,
  reality: Reality,
  core: CoreContents,
): CaptureImage {
  kernelFits(parseImageHeader(capture.image).flags, reality.features);
  const room = roomBeside(beside, region, reality);
  const tree = draftCaptureTree(completeMachine(reality, capture.dtb).reality.dtb, {
    cmdline: capture.cmdline,
    hasInitrd: capture.initrd !== undefined,
    entropy: randomBytes(32),
    usable: usableRanges(region, reality),
  });
  const header = elfCoreHeader(core);
  const sizes: Sizes = {
    capture,
    treeSize: tree.size,
    headerSize: coreHeaderSize(core.notes.length + core.loads.length),
  };
  const places = placesIn(room, sizes, () => tooSmall(beside, region, sizes));
  const coreHeader = { start: places.header, end: places.header + BigInt(header.length) - 1n };
  const dtb = tree.write({ initrd: places.initrd, coreHeader });
  const { words } = emitRoutine({ exceptionLevel: 1, entry: places.entry, dtb: places.dtb });
  const contents = new Map<string, Uint8Array>([
    ['kernel', capture.image],
    ['initrd', capture.initrd ?? new Uint8Array()],
    ['dtb', dtb],
  ]);
  const segments: NamedSegment[] = [
    ...places.segments.map(({ name, mem, memsz }) => ({
      name: `capture ${name}`,
      mem,
      memsz,
      content: contents.get(name) ?? new Uint8Array(),
    })),
    {
      name: 'elfcorehdr',
      mem: places.header,
      memsz: HEADER_ALIGN * pagesOf(header.length, HEADER_ALIGN),
      content: header,
    },
    { name: 'panic entry', mem: places.stub, memsz: PAGE, content: new Uint8Array(words.buffer.slice(0)) },
  ];
  checkBeside(beside, region, segments);
  return { entry: places.stub, segments, kernel: places.entry, dtb: places.dtb };
}

interface NamedSegment extends KexecSegment {
  readonly name: string;
}

const pagesOf = (bytes: number, page: bigint): bigint => alignUp(BigInt(bytes), page) / page;

/** What of the region what stands there, and what the machine keeps, leaves free. */
function roomBeside(beside: Beside, region: Range, reality: Reality): Range[] {
  return subtractRanges([region], [...destinationsOf(beside), ...keptBy(reality).reserved]);
}

const destinationsOf = ({ segments }: Beside): Range[] =>
  segments.map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));

/**
 * The capture kernel's memory: the region that it stands in, and the small low one that `crashkernel=,high` makes for devices.
 * Kernels before 5.16 or so read only the first.
 */
function usableRanges(region: Range, { memory }: Reality): Range[] {
  const others = findByName(memory, 'Crash kernel').filter((other) => !rangesOverlap(other, region));
  return [region, ...others.slice(0, 1).map(({ start, end }) => ({ start, end }))];
}

/** What has to be placed. */
interface Sizes {
  readonly capture: CaptureKernel;
  readonly treeSize: number;
  readonly headerSize: number;
}

interface AllPlaces extends Places {
  readonly header: bigint;
  readonly stub: bigint;
}

function placesIn(room: readonly Range[], { capture, treeSize, headerSize }: Sizes, full: () => LinuxError): AllPlaces {
  const places = placed(room, capture, treeSize, full);
  const take = (size: bigint, align: bigint, avoid: readonly Range[]): Range => {
    const start = locateMemHole(room, { size, align, avoid });
    if (start === undefined) throw full();
    return { start, end: start + size - 1n };
  };
  const taken = places.segments.map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));
  const header = take(HEADER_ALIGN * pagesOf(headerSize, HEADER_ALIGN), HEADER_ALIGN, taken);
  const stub = take(PAGE, PAGE, [...taken, header]);
  // The kernel takes a page for itself, too.
  take(PAGE, PAGE, [...taken, header, stub]);
  return { ...places, header: header.start, stub: stub.start };
}

function placed(room: readonly Range[], capture: CaptureKernel, dtbSize: number, full: () => LinuxError): Places {
  try {
    return placeSegments(room, {
      header: parseImageHeader(capture.image),
      kernelSize: capture.image.length,
      initrdSize: capture.initrd?.length,
      dtbSize,
    });
  } catch (error) {
    if (error instanceof RebootError && error.code === 'ENOSPC') throw full();
    throw error;
  }
}

function tooSmall(beside: Beside, region: Range, { capture, treeSize, headerSize }: Sizes): LinuxError {
  const next = destinationsOf(beside).reduce((sum, range) => sum + rangeSize(range), 0n);
  const { imageSize } = parseImageHeader(capture.image);
  const kernel = imageSize > BigInt(capture.image.length) ? imageSize : BigInt(capture.image.length);
  const own = kernel + BigInt((capture.initrd?.length ?? 0) + treeSize + headerSize);
  const has = `the crash kernel's region has ${mebibytes(rangeSize(region))}`;
  if (beside.segments.length === 0)
    return new LinuxError(
      'ENOSPC',
      `${has}, and no room for ${capture.name}, which takes ${mebibytes(own)}`,
      'boot with a larger crashkernel=',
      { value: capture.name },
    );
  return new LinuxError(
    'ENOSPC',
    `${has}, and no room for two kernels: the next one takes ${mebibytes(next)}, the capture kernel ${mebibytes(own)}`,
    'boot with a larger crashkernel=, or keep nothing for a panic: --no-capture-kernel',
    { value: capture.name },
  );
}

const mebibytes = (bytes: bigint): string => `${(Number(bytes) / 2 ** 20).toFixed(1)} MiB`;

/** The rules that kexec_load has for segments, over both kernels at once, and the plan's own pages. */
function checkBeside(
  { ram, segments: planned, ownPages }: Beside,
  region: Range,
  segments: readonly NamedSegment[],
): void {
  const all: Segment[] = [
    ...planned,
    ...segments.map(({ name, mem, memsz, content }) => ({ name, mem, memsz, bufsz: BigInt(content.length) })),
  ];
  const totalRamPages = ram.reduce((sum, range) => sum + rangeSize(range) / PAGE, 0n);
  checkSegments(all, { totalRamPages, crashRegion: region });
  const own = ownPages.find((pfn) =>
    segments.some(({ mem, memsz }) => mem <= addressOf(pfn) && addressOf(pfn) < mem + memsz),
  );
  if (own === undefined) return;
  throw new LinuxError(
    'EINVAL',
    `a page of the plan's own, at 0x${addressOf(own).toString(16)}, lies in the capture kernel`,
    'plan it again',
  );
}
