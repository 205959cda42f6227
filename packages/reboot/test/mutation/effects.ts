import { xzr } from '@kexeckit/a64';
import type { Item } from './program.ts';

/**
 * What each operand of an instruction is: `r` a register that is read, `w` written, `m` both; `R`, `W`, `M` the same of SIMD
 * registers; `-` anything else. Behind it, what else it touches: `f` reads flags, `F` writes them, `l` loads, `s` stores,
 * `y` acts on the system, `p` may go elsewhere.
 */
const SHAPES: Readonly<Record<string, string>> = {
  ...{ movz: 'w--', movk: 'm--', mrs: 'w-', ubfm: 'wr--', lslv: 'wrr', 'ldr.literal': 'w-' },
  ...{ 'and.imm': 'wr-', 'add.imm': 'wr-', 'add.imm12': 'wr-', 'sub.imm': 'wr-', 'subs.imm': 'wr-F' },
  ...{ orr: 'wrr--', eor: 'wrr--', add: 'wrr--', sub: 'wrr--', subs: 'wrr--F', udiv: 'wrr' },
  ...{ 'orr.w': 'wrr--', 'eor.w': 'wrr--', 'and.w': 'wrr--', 'add.w': 'wrr--', 'extr.w': 'wrr-', 'rev.w': 'wr' },
  ...{ ldp: 'wwr-l', 'ldp.w': 'wwr-l', 'ldp.post': 'wwm-l', ldr: 'wr-l', 'ldur.w': 'wr-l' },
  ...{
    'ldr.post': 'wm-l',
    'ldr.post.w': 'wm-l',
    stp: 'rrr-s',
    'stp.w': 'rrr-s',
    'str.w': 'rr-s',
    'str.post.w': 'rm-s',
  },
  ...{ 'add.v': '-WRR', 'orr.16b': 'WRR', 'rev32.16b': 'WR' },
  ...{ sha256su0: 'MR', sha256su1: 'MRR', sha256h: 'MRR', sha256h2: 'MRR' },
  ...{ b: '-p', 'b.cond': '--fp', cbz: 'r-p', cbnz: 'r-p', tbz: 'r--p', tbnz: 'r--p', bl: '-p', br: 'rp', ret: 'rp' },
  ...{ hvc: '-p', wfi: 'y', 'msr.daifset': '-y', msr: '-ry', isb: '-y', dsb: '-y', 'sys.bare': '-y', sys: '-ry' },
};

/** SIMD loads and stores of several registers: how many. */
const SEVERAL: Readonly<Record<string, { readonly count: number; readonly base: 'r' | 'm'; readonly store: boolean }>> =
  {
    'ld1.x4.post': { count: 4, base: 'm', store: false },
    'ld1.x2': { count: 2, base: 'r', store: false },
    'st1.x2': { count: 2, base: 'r', store: true },
  };

/** What an instruction reads and what it writes. */
export interface Effects {
  readonly reads: Set<string>;
  readonly writes: Set<string>;
}

/** @throws RangeError for an instruction that no routine has had so far. */
function effectsOf({ id, operands }: Item): Effects {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const note = (how: string, name: string): void => {
    if (/[rm]/i.test(how)) reads.add(name);
    if (/[wm]/i.test(how)) writes.add(name);
  };
  const several = SEVERAL[id];
  if (several !== undefined) {
    for (let at = 0; at < several.count; at++) note(several.store ? 'r' : 'w', `v${(Number(operands[1]) + at) % 32}`);
    note(several.base, `x${operands[2]}`);
    touch(several.store ? 's' : 'l', reads, writes);
    if (!several.store) reads.add('system');
    return { reads, writes };
  }
  const shape = SHAPES[id];
  if (shape === undefined) throw new RangeError(`what ${id} does is not known: say so in SHAPES`);
  for (const [index, operand] of operands.entries()) {
    const how = shape[index] ?? '-';
    // SP is nowhere.
    if (how !== '-' && operand !== xzr) note(how, `${how === how.toUpperCase() ? 'v' : 'x'}${operand}`);
  }
  for (const extra of shape.slice(operands.length)) touch(extra, reads, writes);
  if (/[WM]/.test(shape)) reads.add('system');
  return { reads, writes };
}

function touch(what: string, reads: Set<string>, writes: Set<string>): void {
  if (what === 'f') reads.add('flags');
  if (what === 'F') writes.add('flags');
  if (what === 'l' || what === 's') reads.add('system');
  if (what === 'l') reads.add('memory');
  if (what === 's') writes.add('memory');
  if (what === 'p') writes.add('pc');
  if (what === 'y') for (const all of ['memory', 'system']) writes.add(all);
}

/** What these have done to a register, they do not do again: a bit that is set or cleared is. */
const KEPT: ReadonlySet<string> = new Set(['orr', 'orr.w', 'and.w']);
/** What these add to a register, they add in any order. */
const SUMS: ReadonlySet<string> = new Set(['add', 'add.w', 'eor', 'eor.w', 'orr', 'orr.w']);

/** Whether an instruction changes a register by another one. */
const accumulates = ({ operands: [to, from, other] }: Item): boolean => to === from && other !== to;

/** Whether two instructions change the same register in a way that takes any order. */
function areSummed(one: Item, other: Item): boolean {
  const same = one.id === other.id && one.operands[0] === other.operands[0];
  return same && SUMS.has(one.id) && accumulates(one) && accumulates(other);
}

/** Pairs of registers, and how many bytes they are in memory. */
const PAIR_BYTES: Readonly<Record<string, number>> = { stp: 16, 'stp.w': 8, ldp: 16, 'ldp.w': 8 };

/** Whether two accesses to one base go to different places. */
function areApart(one: Item, other: Item): boolean {
  const [a, b] = [PAIR_BYTES[one.id], PAIR_BYTES[other.id]];
  if (a === undefined || a !== b || one.operands[2] !== other.operands[2]) return false;
  return Math.abs(Number(one.operands[3]) - Number(other.operands[3])) >= a;
}

const meet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((name) => b.has(name));

/** Whether two instructions in a row do the same in the other order. */
export function areIndependent(one: Item, other: Item): boolean {
  const [a, b] = [effectsOf(one), effectsOf(other)];
  if (areSummed(one, other)) return true;
  if (a.writes.has('pc') || b.writes.has('pc')) return false;
  if (areApart(one, other))
    for (const { reads, writes } of [a, b]) for (const set of [reads, writes]) set.delete('memory');
  return !meet(a.writes, b.writes) && !meet(a.writes, b.reads) && !meet(a.reads, b.writes);
}

/** Whether an instruction that is executed twice in a row does what it does once. */
export function repeatsItself(item: Item): boolean {
  // A branch that was taken is gone; one that was not is not taken the second time. A call does come back.
  if (item.id === 'bl') return false;
  if (KEPT.has(item.id) && accumulates(item)) return true;
  const { reads, writes } = effectsOf(item);
  return ![...writes].some((name) => reads.has(name));
}
