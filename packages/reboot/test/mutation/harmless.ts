import { areIndependent, repeatsItself } from './effects.ts';
import type { Change, Mutant } from './mutants.ts';

/** Why a mutant may live: what it changes does not matter. */
export interface Harmless {
  readonly reason: string;
  readonly matches: (mutant: Mutant) => boolean;
}

const where =
  (changes: readonly Change[], ...patterns: readonly RegExp[]) =>
  ({ change, text }: Mutant): boolean =>
    changes.includes(change) && patterns.some((pattern) => pattern.test(text));

/** Instructions that somebody branches to. */
const isTarget = ({ program }: Mutant, at: number): boolean => program.items.some(({ target }) => target === at);

/** Whether the program follows an entry list. */
const copies = ({ program: { items } }: Mutant): boolean => items.some(({ id }) => id === 'tbnz');

/** Whether it hands over by HVC. */
const calls = ({ program: { items } }: Mutant): boolean => items.some(({ id }) => id === 'hvc');

/** What needs no run: the two programs do the same by what their instructions read and write. */
export const equivalent: readonly Harmless[] = [
  {
    reason: 'done twice in a row, it does what it does once',
    matches: ({ change, at, program: { items } }) => {
      const item = items[at];
      return change === 'duplicated' && item !== undefined && repeatsItself(item);
    },
  },
  {
    reason: 'the two do not touch what the other reads or writes, or add to it in any order',
    matches: (mutant) => {
      const { change, at, program } = mutant;
      const [one, other] = program.items.slice(at, at + 2);
      if (change !== 'exchanged' || one === undefined || other === undefined || isTarget(mutant, at + 1)) return false;
      return areIndependent(one, other);
    },
  },
];

/** What lives through every rehearsal, and may. */
export const harmless: readonly Harmless[] = [
  {
    reason: 'MOVK puts zero over zero: marks come at fewer than 65536 pages',
    matches: where(
      ['removed', 'duplicated', 'exchanged', 'operand'],
      /\[movk x23, #0x0, lsl #16/,
      /\[mov x23, #0x2; movk x23/,
    ),
  },
  {
    reason: 'the first mark comes a page early, and as many come',
    matches: where(['operand'], /ldr\.literal 22; \[mov x23, #0x2 -> mov x23, #0x1\]/),
  },
  {
    reason: 'no page is counted where none is copied',
    matches: (mutant) => !copies(mutant) && where(['removed', 'operand'], /ldr\.literal 22; \[mov x23/)(mutant),
  },
  {
    reason: 'zero is zero, whatever it is shifted by',
    matches: where(['operand'], /\[mov (x\d+), #0x0 -> movz \1, #0x0, lsl #16\]/),
  },
  {
    reason: 'a register is ORed with itself, or with zero',
    matches: where(['operand'], /\[mov (x\d+), (x\d+) -> orr \1, \2, \2\]/),
  },
  {
    reason: 'the scratch register is written once more, and nobody reads it there',
    matches: where(['exchanged'], /\[(b\.cond (ne|cc)|cbz 26); (mov x15|add x15, x2[45])/),
  },
  {
    reason: 'the comparison leaves its difference in a register that is set before it is read',
    matches: where(['operand'], /\[cmp (x\d+), (x\d+|#0x40) -> subs x30, \1, \2\]/),
  },
  {
    reason: 'the kinds of an entry word exclude each other: they are asked for in any order',
    matches: where(['exchanged'], /\[tbnz 11 \d; tbnz 11 \d\]/),
  },
  {
    reason: 'behind DONE the destination is not read again before it is set',
    matches: where(['exchanged'], /\[tbnz 11 2; mov x9, x8\]/),
  },
  {
    reason: 'bit 11 of an entry word is set for runs of 129 pages and more: an image with one is rehearsed with it',
    matches: where(['operand', 'literal'], /x11, #0x7ffffffffffff800\]/, /ubfx x11, x11, #4, #7\]/),
  },
  {
    reason: 'the head word says no run: its bits 11 to 4 are masked away',
    matches: where(['literal'], /\[ldr\.literal 11 -> bit 4\]/),
  },
  {
    reason: 'the field holds no value that needs its highest bit, and the bit below it is never set',
    matches: where(
      ['operand'],
      /\[ubfx x15, x15, #16, #4 -> ubfx x15, x15, #16, #3\]/,
      /\[ubfx x26, x26, #12, #4 -> (ubfx x26, x26, #12, #3|ubfx x26, x26, #11, #5|ubfiz x26, x26, #40, #16)\]/,
    ),
  },
  {
    reason: 'sources are pages that nobody copies to: loads from them and stores to destinations come in any order',
    matches: where(
      ['exchanged'],
      /\[ldp x\d, x\d, \[x8.*; stp x\d, x\d, \[x13/,
      /\[stp x\d, x\d, \[x13.*; ldp x\d, x\d, \[x8/,
    ),
  },
  {
    reason: 'the end of the page is in x14 already',
    matches: where(
      ['removed', 'operand', 'exchanged'],
      /\[add x14, x9, #0x1, lsl #12(\]| -> add x(13|15|28), x9, #0x1, lsl #12\])/,
      /\[add x14, x9, #0x1, lsl #12; bl\]/,
    ),
  },
  {
    reason: 'it is computed again at each turn of the loop behind it, from what does not change there',
    matches: where(
      ['exchanged'],
      /\[add x14, x9, #0x1, lsl #12; (ldp|dc civac)/,
      /\[add x18, x25, #0x(80|140); ld/,
      /\[b\.cond cc; mov x27, x9\]/,
      /\[b\.cond ne; ldp w\d+, w\d+, \[x25\]\]/,
    ),
  },
  {
    reason:
      'a line behind the page is cleaned too: cleaning is allowed everywhere; where nothing is mapped there, it faults',
    matches: where(
      ['exchanged', 'operand'],
      /dc civac, x13; \[add x13, x13, x12; cmp x13, x14\]/,
      /add x13, x13, x12; cmp x13, x14; \[b\.cond cc -> b\.cond ls\]/,
    ),
  },
  {
    reason: 'with the MMU on, what was copied stays in the cache, clean and as memory has it',
    matches: where(['operand'], /\[dc civac, x13 -> dc cvac, x13\]/),
  },
  {
    reason: 'the general loop does what the loop for lines of 64 bytes does',
    matches: where(['removed', 'exchanged', 'operand'], /\[cmp x12, #0x40/, /cmp x12, #0x40; \[b\.cond ne/),
  },
  {
    reason: 'one ISB before SCTLR is enough: no walk happens while the MMU is off',
    matches: where(
      ['removed', 'exchanged'],
      /msr ttbr0_el[12], x15; ldr\.literal 16; \[isb(\]|; tlbi \w+\])/,
      /ic iallu; dsb nsh; \[isb(\]|; msr sctlr_el[12], x16\])/,
      /\[dsb nsh; isb\]; msr sctlr_el[12], x16/,
    ),
  },
  {
    reason: 'TLBI and IC are complete at the same DSB, in any order',
    matches: where(['exchanged'], /\[tlbi \w+; ic iallu\]/),
  },
  {
    reason:
      'one of two barriers around IC IALLU: copies that tables or digests come behind were complete before both, and elsewhere nothing is copied',
    matches: where(
      ['removed', 'exchanged', 'operand'],
      /\[dsb sy -> dsb \w+\]; ic iallu; dsb sy/,
      /ic iallu; \[dsb sy -> dsb (ishld|st)\]; isb; ldr\.literal 15/,
      /\[dsb sy\]; ic iallu/,
      /\[dsb sy; ic iallu\]; dsb sy; isb; ldr\.literal 15/,
      /dsb sy; ic iallu; \[dsb sy(\]|; isb\]); (isb; )?ldr\.literal 15/,
      /\[str w15, \[x22\]; dsb sy\]/,
      /\[b\.cond cc; dsb sy\]/,
    ),
  },
  {
    reason: 'IC IALLU is of this CPU alone: a barrier of any domain completes it',
    matches: where(['operand'], /ic iallu; \[dsb sy -> dsb (ish|nsh)\]; isb/),
  },
  {
    reason: 'a barrier of a wider domain does the same and more',
    matches: where(['operand'], /\[dsb nsh -> dsb sy\]/),
  },
  {
    reason: 'under tables only the routine can be fetched, and it was invalidated before they were on',
    matches: where(
      ['removed', 'exchanged', 'operand'],
      /\[ic iallu\]; dsb sy; isb; ldr\.literal 15/,
      /dsb sy; \[ic iallu; dsb sy\]; isb; ldr\.literal 15/,
      /\[ic iallu -> tlbi \w+\]; dsb sy; isb; ldr\.literal 15/,
    ),
  },
  {
    reason: 'one of several ISBs between SCTLR and the jump',
    matches: where(
      ['removed', 'exchanged'],
      /dsb sy; \[isb\]; ldr\.literal 15/,
      /\[msr sctlr_el[12], x15; isb\]/,
      /msr sctlr_el[12], x15; \[isb(\]|; tlbi \w+\])/,
      /tlbi \w+; dsb nsh; \[isb\]/,
      /tlbi \w+; \[dsb nsh; isb\]/,
    ),
  },
  {
    reason: 'HVC is a context synchronization event: it needs no ISB before it',
    matches: (mutant) =>
      calls(mutant) && where(['removed', 'exchanged'], /dsb sy; \[isb\]; /, /ic iallu; \[dsb sy; isb\]; /)(mutant),
  },
  {
    reason: 'the vectors do not look at the number of the call',
    matches: where(['operand'], /\[hvc #0x0 -> hvc #/),
  },
  {
    reason: 'nothing was copied: there is nothing that must be complete before IC IALLU',
    matches: (mutant) => !copies(mutant) && where(['exchanged'], /\[dsb sy; ic iallu\]; dsb sy; isb/)(mutant),
  },
  {
    reason: 'without breadcrumbs nobody is told which segment differs',
    matches: where(['exchanged'], /\[cbnz 6; add x20, x20, #0x70\]/),
  },
  {
    reason: 'with HCR_EL2.E2H, ALLE2 is of the regime that the routine runs in',
    matches: where(['operand'], /\[tlbi vmalle1 -> tlbi alle2\]/),
  },
  {
    reason: 'x15 is a multiple of 64 whenever the shift is done again: it shifts by nothing',
    matches: where(['exchanged'], /\[lsl x12, x12, x15; cbz 21\]/),
  },
  {
    reason: 'a shorter step cleans each line at least once; where many are cleaned, it takes too long and is refused',
    matches: where(['operand'], /\[mov x12, #0x4 -> mov x12, #0x3\]/),
  },
  {
    reason: 'every address that is touched is below 4 GiB too',
    matches: where(['literal'], /msr mair_el[12], x15; \[ldr\.literal 15 -> bit 33\]; msr tcr_el1/),
  },
  {
    reason: 'the next stage invalidates its own TLB before it turns its MMU on',
    matches: where(
      ['removed', 'exchanged', 'operand'],
      /sctlr_el[12], x15; isb; \[tlbi \w+(\]|; dsb nsh\]| -> )/,
      /isb; tlbi \w+; \[dsb nsh(\]| -> )/,
    ),
  },
  {
    reason: 'a digest that is begun twice has begun; what is loaded before it begins is not touched by that',
    matches: where(['duplicated', 'exchanged'], /ldr x21, \[x20, #8\]; \[bl\]/, /\[ldr x21, \[x20, #8\]; bl\]/),
  },
  {
    reason: 'where there are SHA-256 instructions, the state in the workspace is written before it is read',
    matches: where(['removed'], /ld1 \{v0\.4s, v1\.4s\}, \[x15\]; \[ret\]; ldp/),
  },
  {
    reason: 'one block is digested before the end is looked at: any end at or before it does',
    matches: where(['operand'], /\[add x14, x20, #0x50 -> add x14, (x21, #0x50|x20, #0x4f)\]/),
  },
  {
    reason: 'a word of the schedule more than is used',
    matches: where(['exchanged'], /\[str w19, \[x17\], #4; cmp x17, x18\]/),
  },
  {
    reason: 'without WFI it waits in a loop',
    matches: where(['removed'], /\[wfi\]/),
  },
  {
    reason: 'the remainder is dropped: the number of the segment is the same',
    matches: where(['operand'], /-> sub x15, x15, #0x11f\]/, /-> mov x16, #0x6f\]/),
  },
  {
    reason: 'any place in the page of the workspace does',
    matches: where(['literal'], /\[ldr\.literal 25 -> bit [34]\]/),
  },
  {
    reason: 'a size of TTBR1, which EPD1 turns off',
    matches: where(['literal'], /\[ldr\.literal 15 -> bit 20\]; msr tcr_el1/),
  },
  {
    reason: 'an allocation hint of Normal write-back memory, or an attribute that no descriptor names',
    matches: where(['literal'], /\[ldr\.literal 15 -> bit \d+\]; msr mair_el[12]/),
  },
];
