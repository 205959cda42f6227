import {
  type Counters,
  type Cpu,
  FRAME_SIZE,
  type Frame,
  LINE_SIZE,
  MachineFault,
  type PhysicalMemory,
  Machine as StrictMachine,
  type Translation,
  zeroCounters,
} from '@kexeckit/arm64-machine';
import { price, stingray } from '@kexeckit/cost';
import { parseIomem, systemRam } from '@kexeckit/ioport';
import { digestInstructions, type ExceptionLevel, pfnOf, type RelocationPlan } from '@kexeckit/relocation';
import { minimalDeviceTree } from '../device-tree.ts';
import { RebootError } from '../error.ts';
import type { LoadedReboot, Machine, ReadBack, RunOptions, RunReport } from '../machine.ts';
import type { MachineDescription } from '../machine-description.ts';
import { compareReadBack } from '../read-back.ts';
import type { Timeline } from '../timeline.ts';
import { nextKernelMap } from './next-kernel.ts';
import { stingrayIomem } from './stingray.ts';

/** What a simulated machine is like. */
export interface SimulatedOptions {
  /** Memory map in the form of /proc/iomem; by default that of the Stingray. */
  readonly iomem?: string;
  /** Device tree; by default one made from the memory map. */
  readonly dtb?: Uint8Array;
  readonly exceptionLevel?: ExceptionLevel;
  /** EL2 with HCR_EL2.E2H set, as hosts of virtual machines run. */
  readonly vhe?: boolean;
  /** From EL1, the next kernel is entered at EL2. */
  readonly softRestart?: boolean;
  readonly cpus?: number;
  /** What hardware may do at any moment is done at moments that this seed decides; by default never. */
  readonly adversary?: number;
  /** No old kernel has booted yet: a region that the map lacks can still be reserved. Yes by default. */
  readonly canReserve?: boolean;
}

/** HCR_EL2 of a host with VHE: E2H, RW, TGE. */
const HCR_VHE = (1n << 34n) | (1n << 31n) | (1n << 27n);
/** CPTR_EL2 as a kernel leaves it that was entered at EL2 and runs at EL1: nothing of EL1's traps there. */
const CPTR_EL2_OPEN = 0x33ffn;
/** Instructions between two looks at the clock and the signal. */
const SLICE = 2_000_000;
/** A routine that retires more than this many instructions a page is lost: a copy takes 700, a digest 6 400. */
const INSTRUCTIONS_PER_PAGE = 16_384;
/** What a register holds that nobody set. */
const GARBAGE = 0xbad0_bad0_bad0_bad0n;
/** Where the console is that breadcrumbs go to. */
const CONSOLE = 0x0900_0000n;

/** The strict machine behind the `Machine` contract: it executes the routine's words, and forgives nothing. */
export class SimulatedMachine implements Machine {
  readonly name = 'simulated';
  readonly #options: Required<Omit<SimulatedOptions, 'adversary' | 'canReserve'>>;
  readonly #adversary: number | undefined;
  /** A kernel has booted here whose command line is not ours to choose any more. */
  readonly #canReserve: boolean;
  #started: LoadedReboot | undefined;

  constructor(options: SimulatedOptions = {}) {
    const iomem = options.iomem ?? stingrayIomem;
    const cpus = options.cpus ?? 8;
    this.#options = {
      iomem,
      cpus,
      dtb: options.dtb ?? minimalDeviceTree(systemRam(parseIomem(iomem)), cpus),
      exceptionLevel: options.exceptionLevel ?? 2,
      vhe: options.vhe ?? false,
      softRestart: options.softRestart ?? false,
    };
    this.#adversary = options.adversary;
    this.#canReserve = options.canReserve ?? true;
  }

  async describe(): Promise<MachineDescription> {
    return { name: this.name, ...this.#options, console: CONSOLE, canReserve: this.#canReserve };
  }

  /**
   * The machine as the kernel sees it that the last run has started: where it lives, and what it has reserved. Whether a
   * kernel starts up is not modelled, only what it finds.
   *
   * @throws RebootError `ENOENT` where nothing was run.
   */
  booted(): SimulatedMachine {
    if (this.#started === undefined)
      throw new RebootError('inputs', 'ENOENT', 'no kernel was rebooted into', { hint: 'run a reboot first' });
    const { plan, contents } = this.#started;
    return new SimulatedMachine({
      ...this.#options,
      ...(this.#adversary !== undefined && { adversary: this.#adversary }),
      iomem: nextKernelMap(this.#options.iomem, plan),
      dtb: contents.get('dtb') ?? this.#options.dtb,
      canReserve: false,
    });
  }

  async run(reboot: LoadedReboot, options: RunOptions = {}): Promise<RunReport> {
    const plan = reboot.plan.relocation;
    const machine = new StrictMachine({
      ram: plan.ram,
      exceptionLevel: plan.softRestart ? 2 : plan.exceptionLevel,
      console: CONSOLE,
      ...(this.#adversary !== undefined && { seed: this.#adversary }),
    });
    const { cpu, memory } = machine;
    loadThroughCache(memory, reboot);
    leaveOldKernelBehind(cpu, memory, plan);
    enterAsOldKernel(cpu, plan);
    cpu.breakAt(plan.jump);
    if (plan.halt !== undefined) cpu.breakAt(plan.halt);
    await runToJump(machine, plan, options);
    if (cpu.pc !== plan.jump) throw mismatch(machine);
    const destinations = await readBack(machine, reboot);
    checkHandOver(cpu, plan);
    this.#started = reboot;
    return { timeline: timelineOf(plan, cpu.counters), destinations, facts: factsOf(machine, plan) };
  }
}

/** The old kernel writes through its cache, and then cleans just what the plan says must be cleaned. */
function loadThroughCache(memory: PhysicalMemory, { plan, image }: LoadedReboot): void {
  for (const [pfn, bytes] of image.pages()) memory.frame(pfn)?.storeDirty(bytes);
  for (const { start, end } of plan.relocation.cleanAtLoad) {
    for (let pfn = pfnOf(start); pfn <= pfnOf(end); pfn++) memory.frame(pfn)?.flush();
  }
}

/** What a real old kernel leaves: dirty lines of its own data in every destination, old translations, old instructions. */
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
  const routine = pfnOf(plan.routine);
  const [elsewhere] = plan.segments;
  leaveTranslation(cpu, memory, routine, elsewhere === undefined ? routine + 1 : pfnOf(elsewhere.mem));
  leaveInstructions(cpu, plan);
  Object.assign(cpu.counters, { instructions: 0, uncachedAccesses: 0, lineFills: 0, lineCleans: 0, tableWalks: 0 });
}

/** Code that the old kernel ran where the routine and the next stage lie now: the instruction cache may still hold it. */
function leaveInstructions(cpu: Cpu, plan: RelocationPlan): void {
  cpu.leaveOldInstructions(pfnOf(plan.routine));
  for (const { mem, memsz } of plan.segments)
    for (let pfn = pfnOf(mem); pfn < pfnOf(mem + memsz); pfn++) cpu.leaveOldInstructions(pfn);
}

/** A user mapping of the old kernel, at a virtual address that the temporary space uses too. */
function leaveTranslation(cpu: Cpu, memory: PhysicalMemory, virtual: number, physical: number): void {
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

/** The state in which an old kernel jumps to the routine: nothing in the registers or masks may be relied on. */
function enterAsOldKernel(cpu: Cpu, plan: RelocationPlan): void {
  for (let register = 0; register < 31; register++) cpu.registers.set(register, GARBAGE + BigInt(register));
  cpu.daif = 0;
  if (plan.vectors !== undefined) {
    cpu.system.set('vbar_el2', plan.vectors);
    cpu.system.set('cptr_el2', CPTR_EL2_OPEN);
    cpu.system.exceptionLevel = 1;
  }
  if (plan.vhe) cpu.system.set('hcr_el2', HCR_VHE);
  cpu.contextSynchronized();
  cpu.pc = plan.routine;
}

/** The routine stopped by itself: what it says on the console names the segment. */
function mismatch({ console }: StrictMachine): RebootError {
  const said = console?.text ?? '';
  return new RebootError(
    'relocation',
    'EIO',
    'a segment differs from its digest; the routine stopped before the jump',
    {
      hint: 'memory was changed between loading and the reboot',
      console: said === '' ? [] : [said],
    },
  );
}

async function runToJump(machine: StrictMachine, plan: RelocationPlan, { onEvent, signal }: RunOptions): Promise<void> {
  const { cpu } = machine;
  const pages = plan.segments.reduce((sum, { memsz }) => sum + Number(memsz / 4096n), 0);
  const limit = (pages + 1) * INSTRUCTIONS_PER_PAGE;
  try {
    while (machine.run(SLICE).reason === 'limit') {
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
    throw reasonOf(error);
  }
}

/** A fault of the machine as an error of the reboot. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof MachineFault)) return error;
  return new RebootError('relocation', 'EFAULT', error.message, {
    hint: `real hardware would hang here: ${error.hint}`,
    cause: error,
  });
}

/** Reads every destination from the point of coherency: that is what the next kernel sees. */
async function readBack({ cpu, memory }: StrictMachine, { plan, contents }: LoadedReboot): Promise<ReadBack[]> {
  const found: ReadBack[] = [];
  for (const segment of plan.relocation.segments) {
    const actual = new Uint8Array(Number(segment.memsz));
    const first = pfnOf(segment.mem);
    for (let page = 0; page * FRAME_SIZE < actual.length; page++) {
      const frame = memory.frame(first + page);
      if (frame === undefined) continue;
      checkCaches(
        frame,
        cpu.holdsOldInstructions(first + page),
        `page 0x${(first + page).toString(16)} of ${segment.name}`,
      );
      actual.set(frame.bytes(), page * FRAME_SIZE);
    }
    found.push(await compareReadBack(segment, contents.get(segment.name) ?? new Uint8Array(), actual));
  }
  return found;
}

/** What caches hold of the next stage at the jump: nothing newer than memory, nothing older, nothing that is still under way. */
function checkCaches(frame: Frame, oldInstructions: boolean, page: string): void {
  const refuse = (what: string, hint: string): never => {
    throw new RebootError('relocation', 'EIO', `${page} ${what} at the jump`, { hint });
  };
  if (frame.dirtyLines() > 0)
    refuse(
      'has dirty cache lines',
      'clean it to the point of coherency, or drop the old lines before writing past the cache',
    );
  if (frame.staleLines() > 0) refuse('has stale cache lines', 'invalidate old lines before writing past the cache');
  if (frame.unfinishedLines() > 0) refuse('has lines that are still being cleaned', 'put DSB behind the DC');
  if (oldInstructions) refuse('has old lines in the instruction cache', 'IC IALLU, DSB, ISB before the jump');
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
  if (plan.softRestart && cpu.system.exceptionLevel !== 2) refuse('the jump is not at EL2');
  cpu.clearBreak(plan.jump);
  try {
    cpu.run(1);
  } catch (error) {
    throw reasonOf(error);
  }
  if (cpu.pc !== plan.entry) refuse(`the jump leads to 0x${cpu.pc.toString(16)}`);
}

/** What of a run was the digests' part: their instructions, and bringing in what lies in place. */
function digestCounters({ segments }: RelocationPlan): Counters {
  const bytesOf = (chosen: RelocationPlan['segments']): number =>
    chosen.reduce((sum, { memsz }) => sum + Number(memsz), 0);
  const inPlace = bytesOf(segments.filter(({ placement }) => placement === 'in-place'));
  return {
    ...zeroCounters(),
    instructions: digestInstructions(bytesOf(segments)),
    lineFills: inPlace / LINE_SIZE,
    tableWalks: inPlace / FRAME_SIZE,
  };
}

function timelineOf(plan: RelocationPlan, counters: Counters): Timeline {
  const bytes = plan.segments.reduce((sum, { memsz }) => sum + Number(memsz), 0);
  const checksum = plan.halt === undefined ? 0 : price(digestCounters(plan), stingray);
  return {
    label: plan.strategy,
    strategy: plan.strategy,
    phases: [
      { phase: 'shutdown', basis: 'published', seconds: stingray.shutdown },
      { phase: 'relocation', basis: 'modelled', seconds: price(counters, stingray) - checksum },
      plan.halt === undefined
        ? {
            phase: 'checksum',
            basis: 'skipped',
            seconds: bytes * stingray.perDigestByteUncached,
            note: "what purgatory's SHA-256 would add with caches off",
          }
        : { phase: 'checksum', basis: 'modelled', seconds: checksum },
      { phase: 'startup', basis: 'published', seconds: stingray.startup },
    ],
  };
}

function factsOf({ cpu, memory, console }: StrictMachine, plan: RelocationPlan): [string, string][] {
  const { counters } = cpu;
  return [
    ...(plan.halt === undefined
      ? []
      : [['verified', `SHA-256 of ${plan.segments.length} segments`] satisfies [string, string]]),
    ...(plan.breadcrumbs ? [['console', console?.text ?? ''] satisfies [string, string]] : []),
    ['instructions retired', counters.instructions.toLocaleString('en-US')],
    ['uncached accesses', counters.uncachedAccesses.toLocaleString('en-US')],
    ['cache lines filled', counters.lineFills.toLocaleString('en-US')],
    ['cache lines cleaned', counters.lineCleans.toLocaleString('en-US')],
    ['table walks', counters.tableWalks.toLocaleString('en-US')],
    ['frames touched', memory.touchedFrames.toLocaleString('en-US')],
  ];
}
