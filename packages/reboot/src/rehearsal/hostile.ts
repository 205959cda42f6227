import type { Cpu, Machine, PhysicalMemory } from '@kexeckit/arm64-machine';
import { copiesOf, pfnOf, type StagePlan } from '@kexeckit/relocation';
import type { LoadedReboot } from '../machine/machine.ts';
import { leaveTranslation } from '../strict/old-kernel.ts';
import type { RehearsalConfiguration } from './configuration.ts';

/** What SIMD registers hold: nobody set them. */
export const GARBAGE = 0x0bad_f00d;
/** What the others hold. As a line size it is absurd, as an address nowhere, as a count endless, as memory attributes Device. */
const GARBAGE_WIDE = 0xfeed_f00d_dead_c004n;
/** SCTLR bits that an old kernel may leave beside a MMU that is off: alignment checks, stack checks, WXN. */
const SCTLR_A_SA_WXN = 0x8000an;
/**
 * Translation registers of the old kernel: a space of 64 KiB pages that is far too small, all memory Device, and tables
 * where there is nothing. A routine that leaves one of them as it was reaches nothing.
 */
const LEFT = { tcr: 0x1_8080_7f67n, mair: 0x0000_0404_0000_0404n, ttbr0: 0xdead_0000n, ttbr1: 0xbeef_0000n } as const;

/**
 * Leaves everything behind that an old kernel may leave, and that a routine must not rely on, beyond what a usual one
 * does: every line dirty of what the routine writes, stale translations of what it touches (a few in a row are enough to show
 * that one was not invalidated), and garbage in all registers that are not promised.
 */
export function makeHostile(
  { cpu, memory }: Machine,
  { plan: { stage }, image }: LoadedReboot,
  { garbage, almostThere = false }: RehearsalConfiguration,
): void {
  for (const [pfn, source] of writtenPages(stage)) {
    const coming = almostThere && source !== undefined ? image.page(source) : undefined;
    memory.frame(pfn)?.storeDirty(coming === undefined ? noise : allButTheEnd(coming));
  }
  leaveTranslations(cpu, memory, stage);
  leaveRegisters(cpu, garbages[garbage ?? 'plain']);
}

/** What stands in registers that nobody has set, and in the flags. */
interface Garbage {
  readonly ofRegister: (number: number) => bigint;
  readonly flags: number;
}

const garbages: Readonly<Record<'plain' | 'inverted' | 'zero', Garbage>> = {
  plain: { ofRegister: (number) => GARBAGE_WIDE ^ (BigInt(number) << 5n), flags: 0b1111 },
  inverted: { ofRegister: (number) => ~GARBAGE_WIDE ^ (BigInt(number) << 5n), flags: 0b1010 },
  zero: { ofRegister: () => 0n, flags: 0 },
};

/** A page that looks as if it had been copied already. */
function allButTheEnd(page: Uint8Array): Uint8Array {
  const almost = new Uint8Array(page);
  almost[almost.length - 1] = ~(almost.at(-1) ?? 0);
  return almost;
}

const noise: Uint8Array = new Uint8Array(4096).fill(0x5e);

/** Every page that the routine writes all of, with the page that comes there, and those that it works in. */
function* writtenPages(stage: StagePlan): Generator<[pfn: number, source?: number], undefined> {
  for (const { source, destination, pages } of copiesOf(stage)) {
    if (source === destination) continue;
    for (let page = 0; page < pages; page++) yield [destination + page, source + page];
  }
  for (const { pfn, owner } of stage.controlPages) if (owner === 'workspace') yield [pfn];
}

/** Pages of a stage that get a stale translation each; of more, the first of each run and one in sixteen. */
const ALL = 1024;
const ONE_IN = 16;

function leaveTranslations(cpu: Cpu, memory: PhysicalMemory, stage: StagePlan): void {
  const { controlPages, placement, breadcrumbs, start } = stage;
  // Pages of the stage: one that is not must not look touched.
  const elsewhere = pfnOf(placement.dtb);
  const total = placement.segments.reduce((sum, { memsz }) => sum + pfnOf(memsz), 0);
  const step = total > ALL ? ONE_IN : 1;
  const leaveOne = (pfn: number): void =>
    leaveTranslation(cpu, memory, pfn, pfn === elsewhere ? pfnOf(start) : elsewhere);
  const leave = (first: number, pages: number): void => {
    for (let page = 0; page < pages; page += step) leaveOne(first + page);
  };
  for (const { pfn } of controlPages) leaveOne(pfn);
  for (const { mem, memsz } of placement.segments) leave(pfnOf(mem), pfnOf(memsz));
  for (const { source, pages } of copiesOf(stage)) leave(source, pages);
  if (breadcrumbs !== undefined) leaveOne(pfnOf(breadcrumbs.uart));
}

function leaveRegisters(cpu: Cpu, { ofRegister, flags }: Garbage): void {
  const { registers, system, vectors } = cpu;
  for (let register = 0; register < 31; register++) registers.set(register, ofRegister(register));
  vectors.words.fill(GARBAGE);
  cpu.flags = flags;
  for (const level of system.hasEl2 ? [1, 2] : [1]) {
    system.set(`sctlr_el${level}`, system.get(`sctlr_el${level}`) | SCTLR_A_SA_WXN);
    for (const [register, value] of Object.entries(LEFT)) system.set(`${register}_el${level}`, value);
  }
  cpu.contextSynchronized();
}
