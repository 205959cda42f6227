import {
  ensureNode,
  type Fdt,
  type FdtNode,
  parseFdt,
  serializeFdt,
  setProperty,
  u32Value,
  u64Value,
} from '@kexeckit/fdt';
import { alignUp, freeRam, type Range, type Role, type RoleSpan, subtractRanges } from '@kexeckit/ioport';
import type { LoadedReboot, Reality } from '@kexeckit/reboot';
import {
  loadImage,
  planStage,
  type Segment,
  type SegmentContents,
  type StageRequest,
  scatteredAllocator,
  segmentDigest,
} from '@kexeckit/relocation';
import { some } from './choose.ts';
import { replan, stageOf, withStage } from './stage.ts';

/** Where pages are drawn from again: another draw than the victim's own. */
const SEED = 31;

/** What was changed in memory was planned so: the plan takes its control pages from there. */
export function settled(victim: LoadedReboot): LoadedReboot {
  const controlPages = stageOf(victim).controlPages.map((page) => ({
    ...page,
    bytes: some(victim.image.page(page.pfn), 'control page').slice(),
  }));
  return replan(victim, { controlPages });
}

/** What a stage is planned from anew. */
export interface Again extends Partial<StageRequest> {
  readonly contents?: SegmentContents;
}

/** Plans and loads the reboot again with something else in it: list, tables, digests and routine all follow from that. */
export function planAgain(victim: LoadedReboot, reality: Reality, { contents, ...change }: Again): LoadedReboot {
  const stage = stageOf(victim);
  const { strategy, exceptionLevel, vhe, softRestart, breadcrumbs, placement } = stage;
  const given = contents ?? victim.contents;
  const segments = (change.segments ?? placement.segments).map((segment) => fitted(segment, given));
  const digests = new Map(segments.map((segment) => [segment.name, segmentDigest(segment, contentOf(segment, given))]));
  const free = subtractRanges(freeRam(reality.memory), placement.region === undefined ? [] : [placement.region]);
  const again = planStage({
    ...{ strategy, exceptionLevel, vhe, softRestart, breadcrumbs },
    ...{ ram: placement.ram, region: placement.region, entry: placement.entry, dtb: placement.dtb },
    ...(stage.halt !== undefined && { digests }),
    allocator: scatteredAllocator(free, SEED),
    ...change,
    segments,
  });
  return { ...withStage(victim, again), contents: given, image: loadImage(again, given) };
}

const contentOf = ({ name }: Segment, contents: SegmentContents): Uint8Array => some(contents.get(name), name);

/** A segment as large as its content asks for. */
function fitted(segment: Segment, contents: SegmentContents): Segment {
  const bufsz = BigInt(contentOf(segment, contents).length);
  const memsz = bufsz > segment.memsz ? alignUp(bufsz, 4096n) : segment.memsz;
  return { ...segment, bufsz, memsz };
}

/** Pages from these ranges. */
export const pagesIn = (ranges: readonly Range[]): Pick<StageRequest, 'allocator'> => ({
  allocator: scatteredAllocator(ranges, SEED),
});

/** Contents with the bytes of one segment changed, in a copy. */
export function withBytes(victim: LoadedReboot, name: string, change: (bytes: Uint8Array) => void): SegmentContents {
  const bytes = some(victim.contents.get(name), name).slice();
  change(bytes);
  return new Map([...victim.contents, [name, bytes]]);
}

/** Contents with another device tree. */
export function withTree(victim: LoadedReboot, change: (fdt: Fdt, chosen: FdtNode) => void): SegmentContents {
  const blob = edited(some(victim.contents.get('dtb'), 'dtb'), (fdt) => change(fdt, ensureNode(fdt, '/chosen')));
  return new Map([...victim.contents, ['dtb', blob]]);
}

/** Another device tree for the next kernel, with everything planned for it. */
export const inTree =
  (change: (chosen: FdtNode, victim: LoadedReboot, root: FdtNode) => void) =>
  (victim: LoadedReboot, _: unknown, reality: Reality): LoadedReboot =>
    planAgain(victim, reality, { contents: withTree(victim, (fdt, chosen) => change(chosen, victim, fdt.root)) });

/** A device tree with a change. */
export function edited(blob: Uint8Array, change: (fdt: Fdt) => void): Uint8Array {
  const fdt = parseFdt(blob);
  change(fdt);
  return serializeFdt(fdt);
}

/** The segment of this name. */
export const segmentNamed = (victim: LoadedReboot, name: string): Segment =>
  some(
    stageOf(victim).placement.segments.find((segment) => segment.name === name),
    name,
  );

/** A segment's addresses. */
export const rangeOf = ({ mem, memsz }: Segment): Range => ({ start: mem, end: mem + memsz - 1n });

/** Roles with one more range, over whatever was there. */
export function withRole(roles: readonly RoleSpan[], range: Range, role: Role, name: string): RoleSpan[] {
  const others = roles.flatMap((span) => subtractRanges([span], [range]).map((left) => ({ ...span, ...left })));
  return [...others, { ...range, role, name }].sort((a, b) => (a.start < b.start ? -1 : 1));
}

/** The ranges of one role. */
export const rangesOf = (reality: Reality, role: Role): Range[] =>
  reality.roles.filter((span) => span.role === role).map(({ start, end }) => ({ start, end }));

/** A `reg` of one range, with two cells each. */
export const reg = (start: bigint, size: bigint): Uint8Array =>
  Uint8Array.from([...u64Value(start), ...u64Value(size)]);

/** A device tree that keeps a range, as firmware does: in a node of `/reserved-memory`. */
export function keeping(blob: Uint8Array, { start, end }: Range, noMap = false): Uint8Array {
  return edited(blob, (fdt) => {
    const parent = ensureNode(fdt, '/reserved-memory');
    for (const name of ['#address-cells', '#size-cells']) setProperty(parent, name, u32Value(2));
    setProperty(parent, 'ranges', new Uint8Array());
    const node = ensureNode(fdt, '/reserved-memory/tpm');
    setProperty(node, 'reg', reg(start, end - start + 1n));
    if (noMap) setProperty(node, 'no-map', new Uint8Array());
  });
}

/** Usable RAM that no reboot of these tests touches. */
export const UNTOUCHED: Range = { start: 0x8_8040_0000n, end: 0x8_8040_0fffn };
