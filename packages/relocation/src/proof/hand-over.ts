import { type ImageHeader, parseImageHeader } from '@kexeckit/boot-image';
import { contentOf, type SegmentContents } from '../load.ts';
import { GIB, hex, MIB2, pfnOf } from '../page.ts';
import { segmentAt, segmentEnd } from '../segment.ts';
import type { PlacementPlan, PlannedSegment } from '../stage.ts';
import { checkDeviceTree } from './device-tree.ts';
import { faultsOfImage } from './image-file.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

type Complain = (address: bigint, owner: string, detail: string) => void;

/** An Image may stand anywhere below this (booting.rst, flags bit 3), and finds what it is given there. */
const PLACE_LIMIT = 1n << 48n;

const complainTo =
  (ledger: Ledger): Complain =>
  (address, owner, detail) =>
    ledger.violated('hand-over', pfnOf(address), [owner], detail);

/** Documentation/arch/arm64/booting.rst, "Call the kernel image": the entry, the kernel's header, and where it stands. */
export function checkEntry(view: PlanView, contents: SegmentContents, ledger: Ledger): void {
  const { segments, entry } = view.stage.placement;
  const complain = complainTo(ledger);
  const kernel = segmentAt(segments, entry);
  ledger.checked('hand-over', segments.length);
  checkEach(view.stage.placement, complain);
  checkWindow(segments, kernel, complain);
  if (kernel === undefined) complain(entry, 'entry', 'no segment holds the entry point');
  else if (kernel.mem !== entry)
    complain(entry, 'entry', `the entry is within segment ${kernel.name}, not where it starts`);
  else checkKernel(view, kernel, contentOf(kernel, contents), complain);
}

/** The same, "Setup the device tree". */
export function checkTree(view: PlanView, contents: SegmentContents, ledger: Ledger): void {
  const { segments, dtb: tree } = view.stage.placement;
  const complain = complainTo(ledger);
  if (tree % 8n !== 0n) complain(tree, 'dtb', 'the device tree is not 8-byte aligned');
  const dtb = segmentAt(segments, tree);
  if (dtb === undefined || dtb.mem !== tree) {
    complain(tree, 'dtb', 'no segment starts at the device tree');
    return;
  }
  checkDtbPlace(dtb, complain);
  checkDeviceTree(view, dtb, contentOf(dtb, contents), complain);
}

/** Segments are called what the next kernel takes them for: by the entry, by x0, or else by `/chosen`. It reaches all. */
function checkEach({ segments, entry, dtb }: PlacementPlan, complain: Complain): void {
  for (const { name, mem, memsz } of segments) {
    if (mem + memsz > PLACE_LIMIT) complain(mem, name, 'it ends above 48 bits of address');
    const taken = mem === entry ? 'kernel' : mem === dtb ? 'dtb' : 'initrd';
    if (name !== taken) complain(mem, name, `the next kernel can only take it for ${taken}`);
  }
}

function checkKernel(view: PlanView, kernel: PlannedSegment, content: Uint8Array, complain: Complain): void {
  const { name, mem, memsz } = kernel;
  const header = parseImageHeader(content);
  const { textOffset, imageSize, flags } = header;
  if ((mem - textOffset) % MIB2 !== 0n || mem < textOffset)
    complain(mem, name, `it does not stand ${hex(textOffset)} above a 2 MiB boundary`);
  if (memsz < imageSize) complain(mem, name, `it needs ${imageSize} bytes and has ${memsz}`);
  const { pageSize } = flags;
  const { granules, mayHaveMore, bigEndian } = view.world.features;
  if (pageSize !== 'unspecified' && !granules.includes(pageSize) && !mayHaveMore)
    complain(mem, name, `it has ${pageSize} pages, which the CPU does not have`);
  if (flags.endianness === 'big' && bigEndian === false) complain(mem, name, 'it is big-endian, which the CPU is not');
  for (const fault of faultsOfImage(content, header)) complain(mem, name, fault);
  checkNearBase(view, kernel, header, complain);
}

/** A kernel that wants to be near the base of RAM uses nothing below itself. */
function checkNearBase(
  view: PlanView,
  kernel: PlannedSegment,
  { flags, textOffset }: ImageHeader,
  complain: Complain,
): void {
  if (flags.placement !== 'near-dram-base') return;
  const base = kernel.mem - textOffset;
  for (const { name, mem, memsz } of view.stage.placement.segments)
    if (memsz > 0n && mem < base) complain(mem, name, `it stands below ${kernel.name}, which uses no memory there`);
}

function checkDtbPlace(dtb: PlannedSegment, complain: Complain): void {
  if (dtb.memsz > MIB2 || (dtb.memsz > 0n && dtb.mem / MIB2 !== segmentEnd(dtb) / MIB2))
    complain(dtb.mem, dtb.name, 'the device tree crosses a 2 MiB boundary');
}

/** Kernel and initramfs share a window of 32 GiB whose start is a whole GiB. */
function checkWindow(
  segments: readonly PlannedSegment[],
  kernel: PlannedSegment | undefined,
  complain: Complain,
): void {
  const initrd = segments.find(({ name }) => name === 'initrd');
  if (initrd === undefined || kernel === undefined) return;
  const low = initrd.mem < kernel.mem ? initrd.mem : kernel.mem;
  const high = segmentEnd(initrd) > segmentEnd(kernel) ? segmentEnd(initrd) : segmentEnd(kernel);
  if (high - (low - (low % GIB)) >= 32n * GIB)
    complain(initrd.mem, 'initrd', 'kernel and initrd do not fit one 32 GiB window');
}
