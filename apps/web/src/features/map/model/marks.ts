import type { Range } from '@kexeckit/ioport';
import { systemRam } from '@kexeckit/ioport';
import type { Reality, RebootPlan } from '@kexeckit/reboot';
import { addressOf, PAGE_SIZE } from '@kexeckit/relocation';
import { bytesText, pagesText, rangeText } from '../../../shared/format.ts';
import { type ItemKind, pagesOf, rangeBytes } from '../../memory-map/model/item.ts';
import { withPlan } from '../../memory-map/model/plan-items.ts';

/** The rows of the map, from the top: each holds marks of one kind, so that none hides another. */
export type LaneName = 'memory' | 'region' | 'destination' | 'source' | 'own' | 'found';

/** What a mark looks like. */
export type Look = ItemKind | 'ram' | 'firmware' | 'device' | 'driver' | 'found';

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
  return withPlan([], plan).map(({ kind, name, note, ...range }) =>
    markOf(kind === 'region' || kind === 'crash kernel' ? 'region' : 'destination', kind, name, range, note),
  );
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
