import type { FaultKind } from './fault.ts';
import type { ExceptionLevel } from './system.ts';

/** A synchronous exception, as the syndrome register tells it (Arm ARM D24, `ESR_ELx`). */
export interface Syndrome {
  /** Exception class, ESR.EC. */
  readonly exceptionClass: number;
  /** Instruction-specific syndrome, ESR.ISS. */
  readonly iss: number;
  /** FAR, for aborts. */
  readonly address?: bigint;
}

/** What the access was that aborted. */
export interface AbortedAccess {
  readonly write: boolean;
  readonly fetch: boolean;
  /** Of a cache maintenance instruction; no by default. */
  readonly maintenance?: boolean;
  /** Fault status code; without one the kind decides. */
  readonly status?: number | undefined;
}

/** Exception classes (Arm ARM D24, `ESR_ELx.EC`). */
export const classes = {
  unknown: 0x00,
  simd: 0x07,
  svc: 0x15,
  hvc: 0x16,
  smc: 0x17,
  trappedSystem: 0x18,
  illegalState: 0x0e,
  fetchAbort: 0x20,
  pcAlignment: 0x22,
  dataAbort: 0x24,
  spAlignment: 0x26,
  serror: 0x2f,
  brk: 0x3c,
} as const;

const IL = 1n << 25n;
const WRITE = 1 << 6;
const MAINTENANCE = 1 << 8;
const ALIGNMENT = 0b100001;
/** Fault status code of a synchronous external abort that no table walk took (Arm ARM D24, `ESR_ELx`). */
export const ABORT_EXTERNAL = 0b010000;
/** Fault status code of a permission fault, without its level in the low two bits. */
export const ABORT_PERMISSION = 0b001100;

/** The syndrome of an abort or undefined instruction that was taken from a level to the same or a higher one. */
export function syndromeOf(kind: FaultKind, address: bigint, access: AbortedAccess, sameLevel: boolean): Syndrome {
  if (kind === 'undefined-instruction') return { exceptionClass: classes.unknown, iss: 0 };
  const base = access.fetch ? classes.fetchAbort : classes.dataAbort;
  const status = access.status ?? (kind === 'alignment-fault' ? ALIGNMENT : ABORT_EXTERNAL);
  return {
    exceptionClass: base + (sameLevel ? 1 : 0),
    iss: status | (access.write ? WRITE : 0) | (access.maintenance ? MAINTENANCE : 0),
    address,
  };
}

/** The value of ESR. */
export function esrOf({ exceptionClass, iss }: Syndrome): bigint {
  return (BigInt(exceptionClass) << 26n) | IL | BigInt(iss);
}

/** The part of the processor state that an exception saves and replaces. */
export interface ProcessState {
  readonly flags: number;
  readonly daif: number;
  readonly exceptionLevel: ExceptionLevel;
  /** Whether SP is the level's own rather than SP_EL0. */
  readonly ownStack: boolean;
  /** PSTATE.IL. */
  readonly illegal: boolean;
}

/** SPSR, AArch64 (Arm ARM D24, `SPSR_EL1`). */
export function spsrOf({ flags, daif, exceptionLevel, ownStack, illegal }: ProcessState): bigint {
  const upper = ((flags << 28) >>> 0) + (illegal ? ILLEGAL : 0);
  return BigInt(upper + (daif << 6) + (exceptionLevel << 2) + (ownStack ? 1 : 0));
}

/** PSTATE.IL in SPSR. */
const ILLEGAL = 1 << 20;

/** What SPSR says of the flags and masks, whatever else it says. */
export const flagsOfSpsr = (spsr: bigint): Pick<ProcessState, 'flags' | 'daif'> => ({
  flags: Number((spsr >> 28n) & 15n),
  daif: Number((spsr >> 6n) & 15n),
});

/** Whether SPSR describes EL0 in AArch64 state. */
export const isForUser = (spsr: bigint): boolean => (spsr & 0x1fn) === 0n;

/** The state that SPSR describes; undefined where there is no such state at EL1 or EL2 (Arm ARM D24, `SPSR_EL1.M`). */
export function stateOfSpsr(spsr: bigint): ProcessState | undefined {
  const mode = Number(spsr & 0x1fn);
  const level = (mode >> 2) & 3;
  if ((mode & 0x12) !== 0 || (level !== 1 && level !== 2)) return undefined;
  return {
    ...flagsOfSpsr(spsr),
    exceptionLevel: level,
    ownStack: (mode & 1) === 1,
    illegal: (Number(spsr & 0xffff_ffffn) & ILLEGAL) !== 0,
  };
}

/** Exceptions that no instruction causes. */
export type Interrupt = 'irq' | 'fiq' | 'serror';

/** Where each kind stands in a quarter of the vector table (Arm ARM D1.3.1). */
const offsets: Readonly<Record<Interrupt | 'synchronous', bigint>> = {
  synchronous: 0n,
  irq: 0x80n,
  fiq: 0x100n,
  serror: 0x180n,
};

/** Where in the vector table an exception goes (Arm ARM D1.3.1). */
export function vectorOffset(
  fromLower: boolean,
  ownStack: boolean,
  kind: Interrupt | 'synchronous' = 'synchronous',
): bigint {
  return (fromLower ? 0x400n : ownStack ? 0x200n : 0n) + offsets[kind];
}
