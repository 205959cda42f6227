import {
  findByName,
  type Range,
  type ResourceTree,
  rangeSize,
  rangesOverlap,
  rolesOf,
  systemRam,
} from '@kexeckit/ioport';
import { type Bank, banksOf } from '../../shared/banks.ts';
import { windowAround } from '../../shared/window.ts';
import type { BarView, Standing } from './model.ts';
import { parameters } from './model.ts';

/** Bars at most; banks that are closer together share one where there are more. */
const MOST_BARS = 12;
/** Parts of a bar that can be told apart. */
const PARTS = 600n;

/** A machine's memory as bars are drawn of it. */
export interface Bars {
  readonly banks: readonly BarView[];
  /** The surroundings of ranges of one bank, magnified; undefined where they take most of it, or lie in several. */
  around(ranges: readonly Range[]): BarView | undefined;
}

/** Draws a map that holds no region for kernels to come. */
export function barsOf(tree: ResourceTree): Bars {
  const roles = rolesOf(tree);
  const ram = systemRam(tree);
  const kernel = roles.filter(({ role }) => role === 'running kernel');
  const taken = roles.filter(({ role }) => role === 'reserved' || role === 'firmware' || role === 'no-map');
  const view = (window: Range): BarView => {
    const parts = (ranges: readonly Range[]): Range[] => joined(ranges, window);
    const inside = ram.filter((range) => rangesOverlap(range, window));
    const bytes = inside.reduce((sum, range) => sum + rangeSize(cutTo(range, window)), 0n);
    return { window, bytes, ram: parts(inside), taken: parts(taken), kernel: parts(kernel) };
  };
  const banks = fewBanks(ram).map(({ start, end }) => view({ start, end }));
  return {
    banks,
    around: (ranges) => {
      const bank = banks.find(
        ({ window }) => ranges.length > 0 && ranges.every((range) => rangesOverlap(range, window)),
      );
      if (bank === undefined) return undefined;
      const window = windowAround(ranges, bank.window);
      return rangeSize(window) * 2n > rangeSize(bank.window) ? undefined : view(window);
    },
  };
}

/** Banks of RAM, of a machine in many pieces fewer and wider ones. */
function fewBanks(ram: readonly Range[]): Bank[] {
  let apart = 1n << 30n;
  let banks = banksOf(ram, apart);
  while (banks.length > MOST_BARS) {
    apart *= 2n;
    banks = banksOf(ram, apart);
  }
  return banks;
}

const cutTo = ({ start, end }: Range, window: Range): Range => ({
  start: start < window.start ? window.start : start,
  end: end > window.end ? window.end : end,
});

/** Sorted ranges as a bar of this window can show them. */
function joined(ranges: readonly Range[], window: Range): Range[] {
  const least = rangeSize(window) / PARTS;
  const out: { start: bigint; end: bigint }[] = [];
  for (const range of ranges) {
    if (!rangesOverlap(range, window)) continue;
    const { start, end } = cutTo(range, window);
    const last = out.at(-1);
    if (last !== undefined && start - last.end - 1n < least) last.end = end;
    else out.push({ start, end });
  }
  return out;
}

const NAMES = { crashkernel: 'Crash kernel', kexeckernel: 'Kexec kernel' } as const;

/** The regions that a map has. */
export const standingOf = (tree: ResourceTree): Standing[] =>
  parameters.flatMap((parameter) =>
    findByName(tree, NAMES[parameter]).map(({ start, end }) => ({ parameter, start, end })),
  );
