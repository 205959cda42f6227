import { hasFlags, IORESOURCE } from '../flags.ts';
import { alignDown, alignUp } from '../hole.ts';
import { type Range, rangeContains, rangesOverlap } from '../range.ts';
import { childrenOf, type Resource } from '../resource.ts';
import { formatRange } from '../text.ts';
import { ALIGN, type Memory } from './memory.ts';
import type { Refusal } from './reservation.ts';

/** Sizes for people, as one writes them into the parameter. */
export const mebibytes = (size: bigint): bigint => size >> 20n;

/** A parameter that gives no size. */
export function nothingRequested(parameter: string): Refusal {
  return {
    code: 'EINVAL',
    reason: 'nothing-requested',
    message: `${parameter}= asks for no memory`,
    hint: `give a size, as ${parameter}=256M`,
    range: null,
    conflicts: [],
  };
}

/** An offset that was asked for, and where it may lie. */
export interface WantedPlace {
  readonly memory: Memory;
  readonly parameter: string;
  readonly range: Range;
  /** What counts as memory: one of these holds it. */
  readonly banks: readonly Resource[];
  /** What to ask for without the offset. */
  readonly otherwise: () => string;
}

/** A rule that an offset has to keep: what is wrong with it, or null. */
type OffsetRule = (wanted: WantedPlace) => Refusal | null;

function misaligned(wanted: WantedPlace): Refusal | null {
  const { parameter, range, otherwise } = wanted;
  if (range.start % ALIGN === 0n) return null;
  const near = [alignUp(range.start, ALIGN), alignDown(range.start, ALIGN)].find((start) => isHad(wanted, start));
  return {
    code: 'EINVAL',
    reason: 'misaligned',
    message: `${parameter}= wants ${formatRange(range)}, whose start is not 2 MiB aligned`,
    hint: near === undefined ? otherwise() : `use @0x${near.toString(16)}, or ${otherwise()}`,
    range,
    conflicts: [],
  };
}

/** Whether the same size can be had at another offset. */
function isHad(wanted: WantedPlace, start: bigint): boolean {
  const { range } = wanted;
  return (
    start > 0n &&
    offsetRefusal({ ...wanted, range: { start, end: start + range.end - range.start } }, 'mending') === null
  );
}

/** The offset left out, where the kernel then finds a place; else what else it would. */
export function withoutOffset(refusal: Refusal | null): string {
  return refusal === null ? 'leave the offset out and let the kernel choose' : `without the offset: ${refusal.hint}`;
}

function notMemory(wanted: WantedPlace): Refusal | null {
  const { memory, parameter, range } = wanted;
  if (isInMemory(wanted)) return null;
  return {
    code: 'EADDRNOTAVAIL',
    reason: 'not-ram',
    message: `${parameter}= wants ${formatRange(range)}, which does not lie in one System RAM range`,
    hint: memory.ram.length === 0 ? 'the map has no System RAM' : `RAM is at ${listed(memory.ram, formatRange)}`,
    range,
    conflicts: [],
  };
}

/** Whether a piece of RAM, as the kernel has them, holds the range, or a bank that is not RAM but counts as memory. */
function isInMemory({ memory: { ram }, range, banks }: WantedPlace): boolean {
  if (ram.some((piece) => rangeContains(piece, range))) return true;
  const bank = banks.find((one) => rangeContains(one, range));
  return bank !== undefined && !ram.some((piece) => rangesOverlap(piece, bank));
}

function taken({ parameter, range, banks, otherwise }: WantedPlace): Refusal | null {
  const conflicts = banks.flatMap((bank) => claimsIn(bank, range));
  if (conflicts.length === 0) return null;
  const names = listed(conflicts, (resource) => `${JSON.stringify(resource.name)} at ${formatRange(resource)}`);
  return {
    code: 'EBUSY',
    reason: 'conflict',
    message: `${parameter}= wants ${formatRange(range)}, which is taken by ${names}`,
    hint: otherwise(),
    range,
    conflicts,
  };
}

/**
 * The outermost resources in a bank that overlap a range: RAM in RAM, which a shrunk crash region leaves, claims nothing. A
 * region that stands in the place of its RAM is a claim itself.
 */
function claimsIn(bank: Resource, range: Range): Resource[] {
  if (!rangesOverlap(bank, range)) return [];
  if (bank.name !== 'System RAM' && hasFlags(bank.flags, IORESOURCE.SYSTEM_RAM)) return [bank];
  return [...childrenOf(bank)]
    .filter((resource) => rangesOverlap(resource, range))
    .flatMap((resource) => (resource.name === 'System RAM' ? claimsIn(resource, range) : [resource]));
}

/** The order in which an offset is best mended: what is sure to be wrong comes first. */
const MENDING: readonly OffsetRule[] = [misaligned, notMemory, taken];
/** The order in which kernels check that tell the reasons apart. */
const CHECKING: readonly OffsetRule[] = [notMemory, taken, misaligned];

/** Why a region cannot lie exactly at its wanted base, or null: the first reason in an order. */
export function offsetRefusal(wanted: WantedPlace, order: 'mending' | 'checking'): Refusal | null {
  for (const rule of order === 'checking' ? CHECKING : MENDING) {
    const refusal = rule(wanted);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** What kernels print that tell the reasons apart (5.10, and the 2019 series). */
export function offsetText(parameter: string, { reason }: Refusal): string {
  if (reason === 'not-ram') return `cannot reserve ${parameter}: region is not memory`;
  if (reason === 'conflict') return `cannot reserve ${parameter}: region overlaps reserved memory`;
  return `cannot reserve ${parameter}: base address is not 2MB aligned`;
}

/** Things that a message names; of many, as many as one reads. */
const LISTED_MAX = 8;

function listed<Item>(items: readonly Item[], text: (item: Item) => string): string {
  const more = items.length > LISTED_MAX ? [`and ${items.length - LISTED_MAX} more`] : [];
  return [...items.slice(0, LISTED_MAX).map(text), ...more].join(', ');
}

/** A size that fits nowhere in a part of memory. */
export function noRoom(size: bigint, where: string): Refusal {
  return {
    code: 'ENOMEM',
    reason: 'no-room',
    message: `no ${mebibytes(size)} MiB free in one piece ${where}`,
    hint: 'ask for less',
    range: null,
    conflicts: [],
  };
}

/** What to ask for where a size fits nowhere; `asked` is what does. */
export function mostThatFits(memory: Memory, asked: string | undefined): string {
  if (asked !== undefined) return `at most ${asked} fits there`;
  return `nothing fits there; System RAM is ${listed(memory.ram, formatRange) || 'empty'}`;
}
