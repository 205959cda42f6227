import {
  type MachineProfile,
  type PriceBasis,
  type PriceName,
  pricesUsed,
  priceTable,
  type RunCounts,
} from '@kexeckit/cost';
import { PAGE_SIZE } from '@kexeckit/relocation';
import { type CopyWay, pageCounts } from '../strategies/counts.ts';

/** Whether the MMU, and with it the data cache, is off or on. */
export type MmuState = 'off' | 'on';

/** What one kind of event adds to a page. */
export interface CostPart {
  readonly price: PriceName;
  readonly of: string;
  readonly count: number;
  /** Seconds of one. */
  readonly each: number;
  /** Of all. */
  readonly seconds: number;
  readonly basis: PriceBasis;
}

/** What a page that is copied takes. */
export interface PageCost {
  readonly parts: readonly CostPart[];
  readonly seconds: number;
}

/** Both ways, at the prices of one machine. */
export interface MmuCosts {
  readonly machine: string;
  readonly off: PageCost;
  readonly on: PageCost;
}

/** Bytes of a cache line, and how many a page has. */
const LINE = 64;
export const LINES: number = PAGE_SIZE / LINE;

/** How often something goes to memory or comes from there for each line of a page: with the MMU off by 16 bytes, on by whole lines. */
export function tripsOf(state: MmuState): { readonly count: number; readonly bytes: number } {
  const { uncachedAccesses, lineFills, lineCleans } = pageCounts[state];
  if (state === 'on') return { count: Math.round((lineFills + lineCleans) / LINES), bytes: LINE };
  const count = Math.round(uncachedAccesses / LINES);
  // Each byte is loaded and stored.
  return { count, bytes: (2 * LINE) / count };
}

function costOf(way: CopyWay, { prices }: MachineProfile): PageCost | undefined {
  const counts: RunCounts = pageCounts[way];
  const used = pricesUsed(counts);
  const parts = used.flatMap((price): CostPart[] => {
    const known = prices[price];
    if (known === undefined) return [];
    const count = priceTable[price].counts.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
    return [
      {
        ...{ price, of: priceTable[price].of, count, basis: known.basis },
        ...{ each: known.seconds, seconds: count * known.seconds },
      },
    ];
  });
  if (parts.length < used.length) return undefined;
  return {
    parts: parts.toSorted((a, b) => b.seconds - a.seconds),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** What a page takes with the MMU off and on; undefined where the profile lacks a price, or there is none. */
export function mmuCosts(profile: MachineProfile | undefined): MmuCosts | undefined {
  if (profile === undefined) return undefined;
  const [off, on] = [costOf('off', profile), costOf('on', profile)];
  return off && on && { machine: profile.machine, off, on };
}

const UNITS = [
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
] as const;

/** A short time in a unit that leaves at least 1, to three digits. */
export function shortTime(seconds: number): string {
  const [unit, name] = UNITS.find(([size]) => seconds >= size) ?? UNITS[2];
  const value = seconds / unit;
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(value < 1 ? 2 : 3))} ${name}`;
}

/** A count of events of a page: whole, but where it is an average. */
export const countText = (count: number): string => String(Math.round(count));

/** Seconds that the slower way takes in the picture. */
const SHOWN_SECONDS = 4;

/** How many times slower than it is a page is shown: the slower way takes four seconds. */
export function slowdown({ off, on }: MmuCosts): number {
  return Number((SHOWN_SECONDS / Math.max(off.seconds, on.seconds)).toPrecision(2));
}

/** The picture in words. */
export function mmuWords(state: MmuState, costs: MmuCosts): string {
  const { count, bytes } = tripsOf(state);
  const way =
    state === 'off'
      ? `every load and store goes to memory by itself, ${bytes} bytes at a time: ${count} for each line of ${LINE} bytes`
      : `the cache takes loads and stores, and moves whole lines of ${LINE} bytes: ${count} for each line`;
  const other = costs[state === 'off' ? 'on' : 'off'].seconds;
  return `With the MMU ${state}, ${way}. A page takes ${shortTime(costs[state].seconds)}, and ${shortTime(other)} with the MMU ${state === 'off' ? 'on' : 'off'}.`;
}
