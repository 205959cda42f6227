import { type Range, rangesOverlap, systemRam } from '@kexeckit/ioport';
import type { Generation, Reality, RebootPlan } from '@kexeckit/reboot';
import {
  addressOf,
  PAGE_SIZE,
  type PlannedSegment,
  type RegionParameter,
  regionParameters,
  strategyNamed,
} from '@kexeckit/relocation';
import { bytesText, pagesText, rangeText } from '../../../shared/format.ts';
import { pagesOf, rangeBytes } from './ranges.ts';

/** The rows of the map, from the top: each holds marks of one kind, so that none hides another. */
export type LaneName = 'memory' | 'region' | 'destination' | 'source' | 'own' | 'found';

/** What a mark looks like. */
export type Look =
  | 'ram'
  | 'old kernel'
  | 'reserved'
  | 'firmware'
  | 'driver'
  | 'device'
  | 'region'
  | 'crash kernel'
  | 'kernel'
  | 'initrd'
  | 'dtb'
  | 'segment'
  | 'source'
  | 'entry list'
  | 'table'
  | 'routine'
  | 'found';

/** A range of addresses that is drawn: plain data. */
export interface Mark extends Range {
  /** Names it in a link. */
  readonly id: string;
  readonly lane: LaneName;
  readonly look: Look;
  readonly name: string;
  readonly note?: string | undefined;
}

/** A mark for a range. Marks of a look that begin at the same address have numbers behind it. */
export const markOf = (lane: LaneName, look: Look, name: string, { start, end }: Range, note?: string): Mark => ({
  id: `${look.replaceAll(' ', '-')}@0x${start.toString(16)}`,
  ...{ lane, look, name, start, end, note },
});

type RoleSpan = Reality['roles'][number];

const roleLooks: Readonly<Record<Exclude<RoleSpan['role'], 'usable'>, readonly [LaneName, Look]>> = {
  'running kernel': ['memory', 'old kernel'],
  'crash region': ['region', 'crash kernel'],
  'kexec region': ['region', 'region'],
  reserved: ['memory', 'reserved'],
  'no-map': ['memory', 'reserved'],
  firmware: ['memory', 'firmware'],
  'driver-managed': ['memory', 'driver'],
  device: ['memory', 'device'],
  unknown: ['memory', 'device'],
};

/** What a machine's memory holds before any plan: System RAM, what is kept in it, devices beside it, regions. */
export function machineMarks({ memory, roles }: Pick<Reality, 'memory' | 'roles'>): Mark[] {
  const ram = systemRam(memory).map((range) => markOf('memory', 'ram', 'System RAM', range));
  const others = roles.flatMap((span) => {
    if (span.role === 'usable') return [];
    const [lane, look] = roleLooks[span.role];
    const name = span.name === null || span.name === '' ? span.role : span.name;
    return [markOf(lane, look, name, span, span.name === span.role ? undefined : span.role)];
  });
  return [...ram, ...others];
}

/** What a plan does with the memory, page sets aside: the region that it loads into, and its segments. */
export function planMarks(plan: RebootPlan): Mark[] {
  const taking = plan.stage.placement.segments.filter(({ memsz }) => memsz > 0n);
  return [...regionMarks(plan), ...taking.map(segmentMark)];
}

const regionLooks: Readonly<Record<RegionParameter, Look>> = { kexeckernel: 'region', crashkernel: 'crash kernel' };

function regionMarks({ stage, generation }: RebootPlan): Mark[] {
  const parameter = strategyNamed(stage.strategy).region;
  if (generation === undefined || parameter === undefined) return [];
  const { resource } = regionParameters[parameter];
  return [markOf('region', regionLooks[parameter], resource, generation.region, regionNote(generation))];
}

const regionNote = ({ half }: Generation): string =>
  half === undefined
    ? 'reserved for the next kernel'
    : `reserved; its ${half} half for the next kernel, the other one for the kernel after it`;

function segmentMark({ name, mem, memsz, placement }: PlannedSegment): Mark {
  const look = name === 'kernel' || name === 'initrd' || name === 'dtb' ? name : 'segment';
  const note = placement === 'in-place' ? 'destination, loaded in place' : 'destination, copied at the reboot';
  return markOf('destination', look, name, { start: mem, end: mem + memsz - 1n }, note);
}

/** A machine's marks with those of a plan: a region that the plan loads into is drawn as the plan sees it. */
export function withPlan(machine: readonly Mark[], plan: readonly Mark[]): Mark[] {
  const regions = plan.filter(({ lane }) => lane === 'region');
  const isPlanned = (mark: Mark): boolean =>
    mark.lane === 'region' && regions.some((region) => region.look === mark.look && rangesOverlap(region, mark));
  return [...machine.filter((mark) => !isPlanned(mark)), ...plan];
}

/** Page frames of a range; they stand within a page where an end does. */
export const framesOf = ({ start, end }: Range): { readonly first: number; readonly end: number } => ({
  first: toFrame(start),
  end: toFrame(end + 1n),
});

const toFrame = (address: bigint): number => Number(address >> 12n) + Number(address & 0xfffn) / PAGE_SIZE;

/** What something on the map says of itself. */
export interface MarkText {
  readonly name: string;
  /** Addresses, as code. */
  readonly code: string;
  readonly text: string;
}

/** What a mark says when it is pointed at. Where an end is within a page, the whole pages are told too. */
export function markText(mark: Pick<Mark, 'name' | 'note'> & Range): MarkText {
  const parts = [
    pagesText(pagesOf(mark)),
    bytesText(rangeBytes(mark)),
    ...(mark.note === undefined ? [] : [mark.note]),
  ];
  const whole = wholeRange(mark);
  if (whole.start !== mark.start || whole.end !== mark.end) parts.push(`whole pages ${rangeText(whole)}`);
  return { name: mark.name, code: rangeText(mark), text: parts.join(' · ') };
}

/** The pages that a range touches, as addresses. */
const wholeRange = ({ start, end }: Range): Range => ({ start: start & ~0xfffn, end: end | 0xfffn });

/** The addresses of page frames. */
export const rangeOfFrames = (first: number, end: number): Range => ({
  start: addressOf(Math.floor(first)),
  end: addressOf(Math.ceil(end)) - 1n,
});
