import type { Outcome } from './both.ts';

const CLASS_SHIFT = 26n;
const ABORTS: ReadonlySet<bigint> = new Set([0x21n, 0x22n, 0x25n]);
/** SPSR: flags, masks, level and stack. What else QEMU's CPU has (BTYPE, SSBS, PAN…) ours has not. */
const SAVED = 0xf000_03dfn;

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** What differs between two outcomes, in words, by the name of what it is; nothing where all that is architected agrees. */
export function differences(ours: Outcome, theirs: Outcome): Map<string, string> {
  const found = new Map<string, string>();
  const note = (name: string, mine: bigint, their: bigint): void => {
    if (mine !== their) found.set(name, `${name} ${hex(mine)}, on QEMU ${hex(their)}`);
  };
  if (ours.rule !== undefined) {
    found.set('rule', `stopped for ${ours.rule}`);
    return found;
  }
  note('esr', ours.esr, theirs.esr);
  note('elr', ours.elr, theirs.elr);
  note('spsr', ours.spsr & SAVED, theirs.spsr & SAVED);
  if (ABORTS.has(ours.esr >> CLASS_SHIFT)) note('far', ours.far, theirs.far);
  ours.registers.forEach((value, at) => {
    note(at === 31 ? 'sp' : `x${at}`, value, theirs.registers[at] ?? 0n);
  });
  note('memory', ours.memory, theirs.memory);
  note('simd', ours.simd, theirs.simd);
  return found;
}
