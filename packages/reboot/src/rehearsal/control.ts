import type { Machine } from '@kexeckit/arm64-machine';
import type { StagePlan } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';

// What control registers may hold (Arm ARM D24). Bits that the architecture reserves do nothing on the strict machine, and
// whatever they like on a CPU that is built later.

/** SCTLR: MMU, data cache and instruction cache. */
const M_C_I = 0x1005n;
/** The RES1 bits of SCTLR_EL1 and SCTLR_EL2, as of Armv8.0. */
const SCTLR_RES1 = { 1: 0x3050_0800n, 2: 0x30c5_0830n } as const;
/** TCR_EL1, and TCR_EL2 with E2H: T0SZ, the cache attributes, TG0, T1SZ, EPD1, those of TTBR1, IPS, DS. */
const TCR_TWO_HALVES = 0x0800_0007_ffbf_ff3fn;
/** TCR_EL2: T0SZ, the cache attributes, TG0, PS, two RES1 bits, DS. */
const TCR_ONE_HALF = 0x1_8087_ff3fn;
const SH0_INNER = 3n << 12n;
/** CPACR_EL1 and CPTR_EL2 with E2H: nothing but FPEN. CPTR_EL2 without: RES1. */
const FPEN = 3n << 20n;
const CPTR_RES1 = 0x32ffn;
const IPS_52 = 6n;

/** How the registers of one state are called. */
interface Names {
  readonly level: 1 | 2;
  readonly twoHalves: boolean;
}

function namesOf({ cpu: { system } }: Machine): Names {
  const level = system.exceptionLevel;
  return { level, twoHalves: level === 1 || system.isVhe };
}

/**
 * Checks the control registers while the temporary tables are on: no reserved bit is set, walks are shareable as the caches
 * are, both caches are on.
 *
 * @throws RebootError `EFAULT` in phase `rehearse`, complaint `registers`.
 */
export function checkControlOn(machine: Machine): void {
  const { system } = machine.cpu;
  const { level, twoHalves } = namesOf(machine);
  expect(`SCTLR_EL${level}`, system.get(`sctlr_el${level}`), SCTLR_RES1[level] | M_C_I);
  const tcr = system.get(`tcr_el${level}`);
  expect(`TCR_EL${level}`, tcr, (tcr & (twoHalves ? TCR_TWO_HALVES : TCR_ONE_HALF)) | SH0_INNER);
  const size = (tcr >> (twoHalves ? 32n : 16n)) & 7n;
  if (size > IPS_52) expect(`TCR_EL${level}`, tcr, tcr ^ (size << (twoHalves ? 32n : 16n)));
  const ttbr = system.get(`ttbr0_el${level}`);
  // Addresses above 48 bits stand in bits 5:2.
  expect(`TTBR0_EL${level}`, ttbr, ttbr & (0xffff_ffff_f000n | (size === IPS_52 ? 0x3cn : 0n)));
}

/** The same at the jump: everything is off, and who verified left nothing but SIMD behind. */
export function checkControlOff(machine: Machine, { translation, halt }: StagePlan, level: 1 | 2): void {
  const { system } = machine.cpu;
  if (translation !== undefined) expect(`SCTLR_EL${level}`, system.get(`sctlr_el${level}`), SCTLR_RES1[level]);
  if (halt === undefined) return;
  if (level === 1) expect('CPACR_EL1', system.get('cpacr_el1'), FPEN);
  else expect('CPTR_EL2', system.get('cptr_el2'), system.isVhe ? FPEN : CPTR_RES1);
}

function expect(register: string, value: bigint, expected: bigint): void {
  if (value === expected) return;
  throw new RebootError(
    'EFAULT',
    `${register} is 0x${value.toString(16)}, not 0x${expected.toString(16)}`,
    'nothing was changed on the machine; report it: the routine sets bits that are reserved, or leaves some out',
    { phase: phases.rehearse, complaint: 'registers' },
  );
}

/** Instructions by which the tables must be on. */
const SOON = 64;

/** Steps until the tables are on. A routine that does not get there goes on, and is judged by that. */
export function stepToTables(machine: Machine): void {
  for (let step = 0; step < SOON && !machine.cpu.system.effective.mmu; step++) machine.step();
}
