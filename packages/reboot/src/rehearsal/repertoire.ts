import { type Decoded, decode, print } from '@kexeckit/a64';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';

/** What a routine may read of the CPU: its level, its line sizes, whether it has SHA-256, and what it is about to change. */
const READ = /^(currentel|ctr_el0|id_aa64isar0_el1|sctlr_el[12])$/;

/** What it may write: the translation, and whether SIMD instructions trap. The proof and the control checks say what. */
const WRITTEN = /^(sctlr|tcr|mair|ttbr0|cpacr|cptr)_el[12]$/;

/** Maintenance that a hand-over needs: lines by address, all instructions, all translations. */
const MAINTENANCE = /^(dc (civac|cvac|cvau)|ic (iallu|ialluis|ivau)|tlbi (vmalle1|alle2|vmalls12e1|alle1)(is)?)$/;

/**
 * Instructions that act on more than registers and memory, and when a routine has a use for them. Loads, stores, arithmetic and
 * branches are always right; what needs an optional feature is UNDEFINED on a CPU that does not have it.
 */
const system: readonly (readonly [id: RegExp, mayUse: (decoded: Decoded, use: Use) => boolean])[] = [
  [/^mrs$/, ({ operands }) => READ.test(String(operands[1]))],
  [/^msr$/, ({ operands }) => WRITTEN.test(String(operands[0]))],
  [/^msr\.daifset$/, () => true],
  [/^sys(\.bare)?$/, ({ operands }) => MAINTENANCE.test(String(operands[0]))],
  [/^(dsb|dmb|isb|nop)$/, () => true],
  [/^hvc$/, (_, { softRestart }) => softRestart],
  // Interrupts are masked and CPUs asleep: what waits for one waits for ever.
  [/^(wfi|wfe)$/, (_, { halts }) => halts],
  // Exceptions, other waiting, hints, and whatever else the CPU does by itself.
  [/^(svc|smc|brk|hlt|dcps.|eret|drps|udf|yield|sevl?|esb|hint|msr\..*|sys.*|dsb\.nxs)$/, () => false],
  // Exclusives and atomics: nobody else is there, and with the MMU off they may not work.
  [/^(st|ld)a?l?xp?r?[bh]?$|^(cas|swp|ld(add|clr|eor|set|smax|smin|umax|umin))/, () => false],
];

/** What else is known of a run. */
export interface Use {
  /** An HVC is answered by the plan's own vectors. */
  readonly softRestart: boolean;
  /** The run has ended where the routine stops for good. */
  readonly halts: boolean;
}

/**
 * Checks what was executed: nothing that waits, calls firmware, asks about things in which machines differ, or depends on who
 * else is there. What a strict machine answers to that says nothing of what a real one answers.
 *
 * @throws RebootError `EFAULT` in phase `rehearse`, complaint `instruction`.
 */
export function checkRepertoire(executed: ReadonlyMap<number, bigint>, use: Use): void {
  for (const [word, address] of executed) {
    const decoded = decode(word);
    if (decoded === undefined || isPermitted(decoded, use)) continue;
    throw new RebootError(
      'EFAULT',
      `"${print(word)}" at 0x${address.toString(16)} is no instruction that a routine has a use for`,
      'nothing was changed on the machine; report it: what it does on this CPU cannot be foreseen',
      { phase: phases.rehearse, complaint: 'instruction' },
    );
  }
}

function isPermitted(decoded: Decoded, use: Use): boolean {
  const rule = system.find(([id]) => id.test(decoded.id));
  return rule === undefined || rule[1](decoded, use);
}
