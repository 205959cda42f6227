import type { Decoded, OperandValue } from '@kexeckit/a64';
import { num } from './op.ts';

// Forms that name a register twice where the architecture leaves open what happens (CONSTRAINED UNPREDICTABLE): CPUs differ.
// Those of LDPSW, CPY* and SET* are not decoded.

const NONE = 31;

const same = (a: OperandValue | undefined, b: OperandValue | undefined): boolean => num(a) === num(b);
/** The same register, but for XZR and SP, which share a number. */
const sameRegister = (a: OperandValue | undefined, b: OperandValue | undefined): boolean =>
  same(a, b) && num(a) !== NONE;

/** What is wrong with the registers of one family of instructions; the name is without its form. */
type Check = (operands: readonly OperandValue[], forms: readonly string[]) => string | undefined;

const isVector = (forms: readonly string[]): boolean => forms.includes('d') || forms.includes('q');
const writesBack = (forms: readonly string[]): boolean => forms.includes('post') || forms.includes('pre');
const LOADED_TWICE = 'it loads one register twice';
const BASE_CHANGES = 'it writes back to a register that it loads or stores';
const STATUS = 'its status goes to a register that it stores, or to its address';

const pairBase: Check = ([t, u, n], forms) =>
  !isVector(forms) && writesBack(forms) && (sameRegister(t, n) || sameRegister(u, n)) ? BASE_CHANGES : undefined;
const oneBase: Check = ([t, n], forms) =>
  !isVector(forms) && writesBack(forms) && sameRegister(t, n) ? BASE_CHANGES : undefined;

const families: readonly (readonly [RegExp, Check])[] = [
  [
    /^ld(n?p|psw|a?xp)$/,
    (operands, forms) => (same(operands[0], operands[1]) ? LOADED_TWICE : pairBase(operands, forms)),
  ],
  [/^stn?p$/, pairBase],
  [/^stl?xp$/, ([s, t, u, n]) => (same(s, t) || same(s, u) || sameRegister(s, n) ? STATUS : undefined)],
  [/^stl?xr[bh]?$/, ([s, t, n]) => (same(s, t) || sameRegister(s, n) ? STATUS : undefined)],
  [/^(ld|st)rs?[bhw]?$/, oneBase],
];

/** Why what an instruction does is left open; `undefined` where it is not. */
export function unpredictable({ id, operands }: Decoded): string | undefined {
  const [name = '', ...forms] = id.split('.');
  for (const [pattern, check] of families) {
    const found = pattern.test(name) ? check(operands, forms) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
