import type { Machine } from '@kexeckit/arm64-machine';
import { routineRegisters } from '@kexeckit/relocation';
import type { PlayerState, TlbLine } from './facts.ts';
import type { PagesSeen } from './pages.ts';

/** TLB entries that are told one by one: those that came last. */
const TOLD = 6;

/** What a machine shows of itself where it stands. */
export function stateOf(
  machine: Machine,
  { states: pages, dirtyLines, dirtyPages, unfinishedPages }: PagesSeen,
  entryAt: (address: bigint) => number,
): PlayerState {
  const { cpu, console } = machine;
  const { effective, exceptionLevel } = cpu.system;
  const { mmu, dataCache, instructionCache } = effective;
  const { instructions: _, ...counters } = cpu.counters;
  return {
    step: cpu.counters.instructions,
    pc: cpu.pc,
    registers: BigUint64Array.from({ length: 31 }, (_, register) => cpu.registers.get(register)),
    ...{ flags: cpu.flags, daif: cpu.daif, exceptionLevel, mmu, dataCache, instructionCache },
    system: systemOf(machine),
    // The list register has gone on to the next word.
    entry: entryAt(cpu.registers.get(routineRegisters.list) - 8n),
    ...{ pages, dirtyLines, dirtyPages, unfinishedPages },
    tlb: tlbOf(machine),
    icache: cpu.instructionCache,
    counters: [
      ['uncached accesses', counters.uncachedAccesses],
      ['lines filled', counters.lineFills],
      ['lines cleaned', counters.lineCleans],
      ['table walks', counters.tableWalks],
    ],
    console: console?.text ?? '',
  };
}

const SHOWN = ['sctlr', 'ttbr0', 'tcr', 'mair', 'vbar'] as const;

/** The registers that decide about memory at the current level, and HCR_EL2 where there is an EL2. */
function systemOf({ cpu: { system } }: Machine): (readonly [string, bigint])[] {
  const own = SHOWN.map((name) => `${name}_el${system.exceptionLevel}`);
  const names = system.hasEl2 ? [...own, 'hcr_el2'] : own;
  return names.map((name) => [name.toUpperCase(), system.get(name)] as const);
}

function tlbOf({ cpu }: Machine): PlayerState['tlb'] {
  const tlb = cpu.mmu.tlb();
  const { size } = tlb;
  const last: TlbLine[] = [];
  let stale = 0;
  let at = 0;
  tlb.forEach(({ pfn, writable, executable, path }, page) => {
    const isStale = path.length === 0;
    if (isStale) stale += 1;
    at += 1;
    if (at > size - TOLD)
      last.push({ page, frame: pfn, rights: `r${writable ? 'w' : ''}${executable ? 'x' : ''}`, stale: isStale });
  });
  return { size, stale, last: last.reverse() };
}
