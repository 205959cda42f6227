import { routineRegisters } from '@kexeckit/relocation';
import { count, hex } from '../../shared/format.ts';
import type { Catcher, EntryTable, Finding, PlayerFacts, PlayerState, pageStates } from './facts.ts';

/** Who finds something wrong, in words. */
export const catchers: Readonly<Record<Catcher, string>> = {
  proof: 'The proof, before anything runs',
  machine: 'The strict machine, while it runs',
  routine: 'The routine itself',
  arrival: 'The check at the jump',
};

/** What a register is for in the routine, by its number. */
export const registerUses: ReadonlyMap<number, string> = new Map(
  Object.entries(routineRegisters).map(([name, register]) => [register, inWords(name)]),
);

/** `entryWord`: entry word. */
function inWords(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace('sha256', 'SHA-256')
    .trim();
}

/** 64 bits, all digits. */
export const wide = (value: bigint): string => value.toString(16).padStart(16, '0');

/** The part that a step is in. */
export function partAt({ marks }: PlayerFacts, step: number): string {
  return marks.findLast((mark) => mark.step <= step)?.part ?? '';
}

/** MMU, caches and masks, in words. */
export function stateWords({ exceptionLevel, mmu, dataCache, instructionCache, daif }: PlayerState): string[] {
  const onOff = (is: boolean): string => (is ? 'on' : 'off');
  return [
    `EL${exceptionLevel}`,
    `MMU ${onOff(mmu)}`,
    `data cache ${onOff(dataCache)}`,
    `instruction cache ${onOff(instructionCache)}`,
    daif === 0xf ? 'interrupts masked' : 'interrupts open',
  ];
}

const FLAGS = ['N', 'Z', 'C', 'V'];

/** The condition flags that are set. */
export const flagWords = (flags: number): string =>
  FLAGS.filter((_, at) => ((flags >> (3 - at)) & 1) === 1).join(' ') || 'none';

/** An entry of the list, in words. */
export interface EntryLine {
  readonly index: number;
  readonly address: string;
  readonly kind: string;
  readonly page: string;
}

const KINDS: ReadonlyMap<bigint, string> = new Map([
  [1n, 'destination'],
  [2n, 'goes on at'],
  [4n, 'done'],
  [8n, 'source'],
]);

/** Entries around one, as far as there are any. */
export function entriesAround({ words, addresses }: EntryTable, entry: number, around: number): EntryLine[] {
  const size = Math.min(words.length, 2 * around + 1);
  const first = Math.max(0, Math.min(entry - around, words.length - size));
  return Array.from({ length: size }, (_, at) =>
    entryLine(words[first + at] ?? 0n, addresses[first + at] ?? 0n, first + at),
  );
}

function entryLine(word: bigint, address: bigint, index: number): EntryLine {
  const kind = KINDS.get(word & 0xfn) ?? 'unknown';
  const pages = Number((word >> 4n) & 0xffn) + 1;
  const isRun = kind === 'source' && pages > 1;
  return {
    ...{ index, address: hex(address) },
    kind: isRun ? `${count(pages)} sources from` : kind,
    page: kind === 'done' ? '' : hex(word & ~0xfffn),
  };
}

/** How many pages are in each state. */
export function pageCounts(pages: Uint8Array): Readonly<Record<keyof typeof pageStates, number>> {
  const counts = [0, 0, 0, 0, 0];
  for (const state of pages) counts[state] = (counts[state] ?? 0) + 1;
  const [waiting = 0, underWay = 0, dirty = 0, unfinished = 0, clean = 0] = counts;
  return { waiting, underWay, dirty, unfinished, clean };
}

/** How each state of a page is called. */
export const pageWords: Readonly<Record<keyof typeof pageStates, string>> = {
  waiting: 'to come',
  underWay: 'under way',
  dirty: 'copied, in the cache only',
  unfinished: 'copied, being cleaned',
  clean: 'copied and in memory',
};

/** Where registers differ from what was shown before. */
export function changedRegisters(now: BigUint64Array, before: BigUint64Array | undefined): ReadonlySet<number> {
  if (before === undefined) return new Set();
  return new Set([...now.keys()].filter((register) => now[register] !== before[register]));
}

/** Instructions a second, by the place of a slider from 0 to 1. */
export const rateAt = (place: number): number => Math.round(10 ** (8 * place));

/** What came of a reboot, in a sentence. */
export function outcomeWords({ findings, jumps, total, sabotage }: PlayerFacts): string {
  const steps = `${count(total)} instructions`;
  const found = findings.find(({ by }) => by !== 'proof');
  if (found !== undefined && !jumps) return `Ends after ${steps}, before the jump.`;
  if (found !== undefined) return `Reaches the jump after ${steps}, and is stopped there.`;
  if (sabotage !== undefined && findings.length > 0)
    return `The proof alone finds it: the run arrives after ${steps}, with nothing wrong that a machine could see.`;
  return `Arrives after ${steps}: every byte, register and cache line at the jump is as it must be.`;
}

/** Where something was found. */
export function placeWords({ step, pc, instruction, address }: Finding): string {
  const at = pc === undefined ? '' : `at ${hex(pc)}${instruction === '' ? '' : ` (${instruction})`}`;
  const touching = address === undefined || address === pc ? '' : `, address ${hex(address)}`;
  if (step === undefined) return address === undefined ? '' : `page ${hex(address)}`;
  return `step ${count(step)} ${at}${touching}`.trim();
}
