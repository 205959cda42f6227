import { type RuleName, rules } from './rules.ts';

/** Why the machine stopped a program: each is something that real hardware may punish. */
export type FaultKind =
  | 'undefined-instruction'
  | 'translation-fault'
  | 'address-size-fault'
  | 'access-flag-fault'
  | 'permission-fault'
  | 'alignment-fault'
  | 'external-abort'
  | 'system-call'
  | 'breakpoint-instruction'
  | 'simd-trap'
  | 'illegal-state'
  | RuleName;

/** A fault that the running program took where it has no exception vectors, or a rule that it broke. */
export class MachineFault extends Error {
  override readonly name = 'MachineFault';
  readonly kind: FaultKind;
  /** Virtual address of the instruction. */
  readonly pc: bigint;
  /** Virtual address of the access that faulted, or of the descriptor; for a fetch, the same as `pc`. */
  readonly address: bigint;
  /** The instruction, as the assembler writes it. */
  readonly instruction: string;
  /** For a rule: where the Arm ARM says it, and what keeps it. */
  readonly section: string | undefined;
  readonly advice: string | undefined;

  constructor(kind: FaultKind, pc: bigint, address: bigint, detail: string, instruction = '') {
    const rule = isRule(kind) ? rules[kind] : undefined;
    const what = `${kind} at pc 0x${pc.toString(16)}${instruction && ` (${instruction})`}, address 0x${address.toString(16)}: ${detail}`;
    super(rule ? `${what}; ${rule.meaning}; ${rule.advice} (Arm ARM ${rule.section})` : what);
    this.kind = kind;
    this.pc = pc;
    this.address = address;
    this.instruction = instruction;
    this.section = rule?.section;
    this.advice = rule?.advice;
  }
}

/** Whether a fault is a broken rule, which hardware does not report, rather than one that it does. */
export function isRule(kind: FaultKind): kind is RuleName {
  return Object.hasOwn(rules, kind);
}
