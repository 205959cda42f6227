import type { Cpu } from './cpu.ts';

/** Whether the machine runs, was turned off, or asks to be reset. */
export type PowerState = 'on' | 'off' | 'reset';

// Function identifiers and return values (Arm DEN 0022, PSCI 1.1).
const VERSION = 0x8400_0000;
const CPU_OFF = 0x8400_0002;
const CPU_ON_64 = 0xc400_0003;
const CPU_ON_32 = 0x8400_0003;
const AFFINITY_INFO_64 = 0xc400_0004;
const AFFINITY_INFO_32 = 0x8400_0004;
const SYSTEM_OFF = 0x8400_0008;
const SYSTEM_RESET = 0x8400_0009;
const FEATURES = 0x8400_000a;
export const NOT_SUPPORTED = -1n;
const INVALID_PARAMETERS = -2n;
const ALREADY_ON = -4n;
const VERSION_1_1 = 0x1_0001n;
const IS_ON = 0n;
const IS_OFF = 1n;

const known: ReadonlySet<number> = new Set([
  VERSION,
  CPU_OFF,
  CPU_ON_64,
  CPU_ON_32,
  AFFINITY_INFO_64,
  AFFINITY_INFO_32,
  SYSTEM_OFF,
  SYSTEM_RESET,
  FEATURES,
]);

const functionOf = (cpu: Cpu): number => (cpu.registers.low[0] ?? 0) >>> 0;

/** Whether x0 names a function in PSCI's range. */
export function isPsciCall(cpu: Cpu): boolean {
  return (functionOf(cpu) & 0xbfff_ffe0) >>> 0 === 0x8400_0000;
}

/** Answers a call in x0; returns what becomes of the machine, if anything does. */
export function answerPsci(cpu: Cpu, cpus: readonly Cpu[]): PowerState | undefined {
  const [x1, x2, x3] = [1, 2, 3].map((register) => cpu.registers.get(register));
  const answer = (value: bigint): undefined => {
    cpu.registers.set(0, value);
    return undefined;
  };
  switch (functionOf(cpu)) {
    case VERSION:
      return answer(VERSION_1_1);
    case FEATURES:
      return answer(known.has(Number((x1 ?? 0n) & 0xffff_ffffn)) ? 0n : NOT_SUPPORTED);
    case CPU_OFF:
      cpu.off = true;
      return undefined;
    case CPU_ON_32:
    case CPU_ON_64:
      return answer(turnOn(cpu, cpus, x1 ?? 0n, x2 ?? 0n, x3 ?? 0n));
    case AFFINITY_INFO_32:
    case AFFINITY_INFO_64: {
      const asked = cpus[Number((x1 ?? 0n) & 0xffn)];
      return answer(asked === undefined ? INVALID_PARAMETERS : asked.off ? IS_OFF : IS_ON);
    }
    case SYSTEM_OFF:
    case SYSTEM_RESET:
      for (const each of cpus) each.off = true;
      return functionOf(cpu) === SYSTEM_OFF ? 'off' : 'reset';
    default:
      return answer(NOT_SUPPORTED);
  }
}

/** A CPU starts at the caller's level, MMU and caches off, its context in x0 (PSCI 1.1, 6.4). */
function turnOn(caller: Cpu, cpus: readonly Cpu[], mpidr: bigint, entry: bigint, context: bigint): bigint {
  const cpu = cpus[Number(mpidr & 0xffn)];
  if (cpu === undefined || mpidr >> 8n !== 0n) return INVALID_PARAMETERS;
  if (!cpu.off) return ALREADY_ON;
  cpu.reset(caller.system.exceptionLevel);
  cpu.registers.set(0, context);
  cpu.pc = entry;
  cpu.off = false;
  return 0n;
}
