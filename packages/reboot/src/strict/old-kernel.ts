import type { Cpu, Machine, PhysicalMemory, Translation } from '@kexeckit/arm64-machine';
import { mergeRanges } from '@kexeckit/ioport';
import { copiesOf, pfnOf, type StagePlan, segmentEnd } from '@kexeckit/relocation';
import type { EntryState } from '../machine/entry-state.ts';
import type { LoadedReboot } from '../machine/machine.ts';

/** What a register holds that nobody set. */
const GARBAGE = 0xbad0_bad0_bad0_bad0n;

/** Brings a machine into the state in which an old kernel jumps to the stage; what it leaves behind is another matter. */
export function prepareMachine({ cpu, memory }: Machine, reboot: LoadedReboot, entry: EntryState): void {
  loadThroughCache(memory, reboot);
  enterAsOldKernel(cpu, entry);
  leaveInstructions(cpu, reboot.plan.stage);
  Object.assign(cpu.counters, { instructions: 0, uncachedAccesses: 0, lineFills: 0, lineCleans: 0, tableWalks: 0 });
}

/**
 * The old kernel writes through its cache, and then cleans just what the plan says must be cleaned, and what its own
 * relocation delivers.
 */
function loadThroughCache(memory: PhysicalMemory, { plan, image }: LoadedReboot): void {
  const delivered = plan.stage.placement.segments.filter(
    ({ placement, memsz }) => placement === 'delivered' && memsz > 0n,
  );
  const cleaned = mergeRanges([
    ...plan.stage.cleanAtLoad,
    ...delivered.map((segment) => ({ start: segment.mem, end: segmentEnd(segment) })),
  ]).values();
  let range = cleaned.next().value;
  // Both ascend, and only what was written needs to be cleaned: the plan may say far more.
  for (const [pfn, bytes] of image.pages()) {
    const frame = memory.frame(pfn);
    frame?.storeDirty(bytes);
    while (range !== undefined && pfnOf(range.end) < pfn) range = cleaned.next().value;
    if (range !== undefined && pfnOf(range.start) <= pfn) frame?.flush();
  }
}

/**
 * What a real old kernel leaves on a machine that is prepared: dirty lines of its own data in every destination, and old
 * translations, at the level that the routine runs at.
 */
export function leaveOldKernelBehind({ cpu, memory }: Machine, stage: StagePlan): void {
  for (const { source, destination, pages } of copiesOf(stage)) {
    for (let page = 0; page < pages; page++) {
      if (source === destination) continue;
      memory
        .frame(destination + page)
        ?.forWrite(((destination + page) % 64) * 64, cpu.counters)
        .fill(0xdead, 0, 1);
    }
    leaveTranslation(cpu, memory, destination, source);
  }
  const start = pfnOf(stage.start);
  const [elsewhere] = stage.placement.segments;
  if (elsewhere !== undefined) leaveTranslation(cpu, memory, start, pfnOf(elsewhere.mem));
  Object.assign(cpu.counters, { lineFills: 0 });
}

/** Code that the old kernel ran where the routine and the next stage lie now: the instruction cache may still hold it. */
function leaveInstructions(cpu: Cpu, { start, placement }: StagePlan): void {
  cpu.leaveOldInstructions(pfnOf(start));
  for (const { mem, memsz } of placement.segments)
    for (let pfn = pfnOf(mem); pfn < pfnOf(mem + memsz); pfn++) cpu.leaveOldInstructions(pfn);
}

/** A user mapping of the old kernel, at a virtual address that the temporary space uses too. */
export function leaveTranslation(cpu: Cpu, memory: PhysicalMemory, virtual: number, physical: number): void {
  const frame = memory.frame(physical);
  if (frame === undefined) return;
  const stale: Translation = {
    frame,
    pfn: physical,
    writable: true,
    executable: true,
    cacheable: true,
    device: false,
  };
  cpu.mmu.leaveStale(virtual, stale);
}

/** Nothing in the registers or masks may be relied on. */
function enterAsOldKernel(cpu: Cpu, { pc, exceptionLevel, registers }: EntryState): void {
  for (let register = 0; register < 31; register++) cpu.registers.set(register, GARBAGE + BigInt(register));
  cpu.daif = 0;
  for (const [register, value] of registers) cpu.system.set(register, value);
  cpu.system.exceptionLevel = exceptionLevel;
  cpu.contextSynchronized();
  cpu.pc = pc;
}
