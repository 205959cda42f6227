import {
  type Counters,
  Cpu,
  FRAME_SIZE,
  MachineFault,
  PhysicalMemory,
  price,
  stingray,
  type Translation,
} from '@kexeckit/arm64-machine';
import { parseIomem, systemRam } from '@kexeckit/ioport';
import { type ExceptionLevel, pfnOf, type RelocationPlan } from '@kexeckit/relocation';
import { minimalDeviceTree } from '../device-tree.ts';
import { RebootError } from '../error.ts';
import type { LoadedReboot, Machine, ReadBack, RunOptions, RunReport } from '../machine.ts';
import type { MachineDescription } from '../machine-description.ts';
import { compareReadBack } from '../read-back.ts';
import type { Timeline } from '../timeline.ts';
import { stingrayIomem } from './stingray.ts';

/** What a simulated machine is like. */
export interface SimulatedOptions {
  /** Memory map in the form of /proc/iomem; by default that of the Stingray. */
  readonly iomem?: string;
  /** Device tree; by default one made from the memory map. */
  readonly dtb?: Uint8Array;
  readonly exceptionLevel?: ExceptionLevel;
  readonly cpus?: number;
}

/** Instructions between two looks at the clock and the signal. */
const SLICE = 2_000_000;
/** A routine that retires more than this many instructions a page is lost. */
const INSTRUCTIONS_PER_PAGE = 4096;

/** The strict machine behind the `Machine` contract: it executes the routine's words, and forgives nothing. */
export class SimulatedMachine implements Machine {
  readonly name = 'simulated';
  readonly #options: Required<SimulatedOptions>;

  constructor(options: SimulatedOptions = {}) {
    const iomem = options.iomem ?? stingrayIomem;
    const cpus = options.cpus ?? 8;
    this.#options = {
      iomem,
      cpus,
      dtb: options.dtb ?? minimalDeviceTree(systemRam(parseIomem(iomem)), cpus),
      exceptionLevel: options.exceptionLevel ?? 2,
    };
  }

  async describe(): Promise<MachineDescription> {
    return { name: this.name, ...this.#options, canReserve: true };
  }

  async run(reboot: LoadedReboot, options: RunOptions = {}): Promise<RunReport> {
    const plan = reboot.plan.relocation;
    const memory = new PhysicalMemory(plan.ram);
    loadThroughCache(memory, reboot);
    const cpu = new Cpu(memory, plan.exceptionLevel);
    leaveOldKernelBehind(cpu, memory, plan);
    cpu.pc = plan.routine;
    cpu.breakAt(plan.jump);
    await runToJump(cpu, plan, options);
    const destinations = await readBack(memory, reboot);
    checkHandOver(cpu, plan);
    return { timeline: timelineOf(plan, cpu.counters), destinations, facts: factsOf(cpu.counters, memory) };
  }
}

/** The old kernel writes through its cache, and then cleans just what the plan says must be cleaned. */
function loadThroughCache(memory: PhysicalMemory, { plan, image }: LoadedReboot): void {
  for (const [pfn, bytes] of image.pages()) memory.frame(pfn)?.storeDirty(bytes);
  for (const { start, end } of plan.relocation.cleanAtLoad) {
    for (let pfn = pfnOf(start); pfn <= pfnOf(end); pfn++) memory.frame(pfn)?.flush();
  }
}

/** What a real old kernel leaves: dirty lines of its own data in every destination, and old translations in the TLB. */
function leaveOldKernelBehind(cpu: Cpu, memory: PhysicalMemory, plan: RelocationPlan): void {
  for (const { source, destination, pages } of plan.copies) {
    for (let page = 0; page < pages; page++) {
      if (source === destination) continue;
      memory
        .frame(destination + page)
        ?.forWrite(((destination + page) % 64) * 64, cpu.counters)
        .fill(0xdead, 0, 1);
    }
    leaveTranslation(cpu, memory, destination, source);
  }
  const first = plan.copies.at(0);
  if (first !== undefined) leaveTranslation(cpu, memory, pfnOf(plan.routine), first.source);
  Object.assign(cpu.counters, { instructions: 0, uncachedAccesses: 0, lineFills: 0, lineCleans: 0, tableWalks: 0 });
}

/** A user mapping of the old kernel, at a virtual address that the temporary space uses too. */
function leaveTranslation(cpu: Cpu, memory: PhysicalMemory, virtual: number, physical: number): void {
  const frame = memory.frame(physical);
  if (frame === undefined) return;
  const stale: Translation = {
    frame,
    number: physical,
    writable: true,
    executable: true,
    cacheable: true,
    device: false,
  };
  cpu.mmu.leaveStale(virtual, stale);
}

async function runToJump(cpu: Cpu, plan: RelocationPlan, { onEvent, signal }: RunOptions): Promise<void> {
  const limit = (plan.copies.pages + 1) * INSTRUCTIONS_PER_PAGE;
  try {
    while (cpu.run(SLICE) === 'limit') {
      if (cpu.counters.instructions > limit) {
        throw new RebootError(
          'relocation',
          'ETIMEDOUT',
          `the routine did not end within ${limit} instructions, at pc 0x${cpu.pc.toString(16)}`,
          {
            hint: 'the entry list or the routine does not end',
          },
        );
      }
      onEvent?.({
        type: 'progress',
        step: 'relocation',
        done: Math.min(cpu.counters.instructions, limit),
        total: limit,
      });
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    }
  } catch (error) {
    if (!(error instanceof MachineFault)) throw error;
    throw new RebootError('relocation', 'EFAULT', error.message, {
      hint: 'real hardware would hang here',
      cause: error,
    });
  }
}

/** Reads every destination from the point of coherency: that is what the next kernel sees. */
async function readBack(memory: PhysicalMemory, { plan, contents }: LoadedReboot): Promise<ReadBack[]> {
  const found: ReadBack[] = [];
  for (const segment of plan.relocation.segments) {
    const actual = new Uint8Array(Number(segment.memsz));
    const first = pfnOf(segment.mem);
    for (let page = 0; page * FRAME_SIZE < actual.length; page++) {
      const frame = memory.frame(first + page);
      if (frame === undefined) continue;
      if (frame.dirtyLines() > 0) {
        throw new RebootError(
          'relocation',
          'EIO',
          `page 0x${(first + page).toString(16)} of ${segment.name} has dirty cache lines at the jump`,
          {
            hint: 'clean it to the point of coherency, or drop the old lines before writing past the cache',
          },
        );
      }
      actual.set(frame.bytes(), page * FRAME_SIZE);
    }
    found.push(await compareReadBack(segment, contents.get(segment.name) ?? new Uint8Array(), actual));
  }
  return found;
}

/** The state in which the boot protocol wants the next kernel entered; executes the jump itself. */
function checkHandOver(cpu: Cpu, plan: RelocationPlan): void {
  const expected = [plan.dtb, 0n, 0n, 0n];
  const wrong = expected.findIndex((value, register) => cpu.registers.get(register) !== value);
  const refuse = (what: string): never => {
    throw new RebootError('relocation', 'EFAULT', what, { hint: 'see Documentation/arch/arm64/booting.rst' });
  };
  if (wrong >= 0)
    refuse(
      `x${wrong} is 0x${cpu.registers.get(wrong).toString(16)} at the jump, not 0x${expected[wrong]?.toString(16)}`,
    );
  if (cpu.system.effective.mmu || cpu.system.effective.dataCache)
    refuse('the MMU or the data cache is still on at the jump');
  if (cpu.daif !== 0xf) refuse('interrupts are not masked at the jump');
  cpu.clearBreak(plan.jump);
  cpu.run(1);
  if (cpu.pc !== plan.entry) refuse(`the jump leads to 0x${cpu.pc.toString(16)}`);
}

function timelineOf(plan: RelocationPlan, counters: Counters): Timeline {
  const bytes = plan.segments.reduce((sum, { memsz }) => sum + Number(memsz), 0);
  return {
    label: plan.strategy,
    strategy: plan.strategy,
    phases: [
      { phase: 'shutdown', basis: 'published', seconds: stingray.shutdown },
      { phase: 'relocation', basis: 'modelled', seconds: price(counters, stingray) },
      {
        phase: 'checksum',
        basis: 'skipped',
        seconds: bytes * stingray.perDigestByteUncached,
        note: "what purgatory's SHA-256 would add with caches off",
      },
      { phase: 'startup', basis: 'published', seconds: stingray.startup },
    ],
  };
}

function factsOf(counters: Counters, memory: PhysicalMemory): [string, string][] {
  return [
    ['instructions retired', counters.instructions.toLocaleString('en-US')],
    ['uncached accesses', counters.uncachedAccesses.toLocaleString('en-US')],
    ['cache lines filled', counters.lineFills.toLocaleString('en-US')],
    ['cache lines cleaned', counters.lineCleans.toLocaleString('en-US')],
    ['table walks', counters.tableWalks.toLocaleString('en-US')],
    ['frames touched', memory.touchedFrames.toLocaleString('en-US')],
  ];
}
