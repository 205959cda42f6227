import { type RuleName, rules } from './rules.ts';

/** What keeps each exception away that a program can take without vectors to answer it. */
const exceptionHints = {
  'undefined-instruction': 'use an instruction that this machine models, at a level that may execute it',
  'translation-fault': 'map the address, or correct it',
  'address-size-fault': 'keep addresses within the sizes that TCR sets',
  'access-flag-fault': 'set the access flag in the descriptor',
  'permission-fault': 'map the page with the permission that the access needs',
  'alignment-fault': 'align the address, or map the memory as Normal',
  'external-abort': 'access only RAM and devices that the machine has',
  interrupt: 'mask it (DAIF), or set VBAR_ELx first',
  'system-call': 'set VBAR_ELx first, or give the machine firmware that answers',
  'breakpoint-instruction': 'set VBAR_ELx first, or use breakAt',
  'simd-trap': 'set CPACR_EL1.FPEN, and clear CPTR_EL2.TFP where there is an EL2, before SIMD instructions',
  'illegal-state': 'set SPSR_ELx to a level and stack pointer that exist here before ERET',
} as const;

/** Why the machine stopped a program: an exception that nobody answers, or a rule that hardware may punish. */
export type FaultKind = keyof typeof exceptionHints | RuleName;

/**
 * `EFAULT` hardware would report it as an exception, and there are no vectors · `EPROTO` a rule of the architecture that
 * hardware does not report.
 */
export type FaultCode = 'EFAULT' | 'EPROTO';

/** Where a fault was taken. */
export interface FaultDetails {
  readonly kind: FaultKind;
  /** Virtual address of the instruction. */
  readonly pc: bigint;
  /** Virtual address of the access that faulted, or physical address of the descriptor; for a fetch, the same as `pc`. */
  readonly address: bigint;
  /** The instruction, as the assembler writes it; empty where none was fetched. */
  readonly instruction: string;
  readonly cause?: unknown;
}

/** A fault that the running program took where it has no exception vectors, or a rule that it broke. */
export class MachineFault extends Error {
  override readonly name = 'MachineFault';
  readonly code: FaultCode;
  /** What keeps the rule, or what keeps the exception away. */
  readonly hint: string;
  readonly kind: FaultKind;
  /** Virtual address of the instruction. */
  readonly pc: bigint;
  /** Virtual address of the access that faulted, or physical address of the descriptor; for a fetch, the same as `pc`. */
  readonly address: bigint;
  /** The instruction, as the assembler writes it; empty where none was fetched. */
  readonly instruction: string;
  /** For a rule: where the Arm ARM says it. */
  readonly section: string | undefined;

  constructor(code: FaultCode, message: string, hint: string, details: FaultDetails) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.kind = details.kind;
    this.pc = details.pc;
    this.address = details.address;
    this.instruction = details.instruction;
    this.section = isRule(details.kind) ? rules[details.kind].section : undefined;
  }
}

/** Whether a fault is a broken rule, which hardware does not report, rather than an exception. */
export function isRule(kind: FaultKind): kind is RuleName {
  return Object.hasOwn(rules, kind);
}

/** The fault of a kind, with what was seen; code and hint are those of the kind. */
export function machineFault(
  kind: FaultKind,
  pc: bigint,
  address: bigint,
  detail: string,
  instruction: string,
): MachineFault {
  const place = `pc 0x${pc.toString(16)}${instruction && ` (${instruction})`}, address 0x${address.toString(16)}`;
  const what = `${kind} at ${place}: ${detail}`;
  const details = { kind, pc, address, instruction };
  if (!isRule(kind)) return new MachineFault('EFAULT', what, exceptionHints[kind], details);
  const { meaning, hint, section } = rules[kind];
  return new MachineFault('EPROTO', `${what}; ${meaning}`, `${hint} (Arm ARM ${section})`, details);
}
