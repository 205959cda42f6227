import { FRAME_SIZE, type Machine, MachineFault } from '@kexeckit/arm64-machine';
import { type DigestNotes, type PlannedSegment, pfnOf, type StagePlan } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { type ArrivalProbe, type CacheComplaint, digestMismatch, type JumpState } from '../machine/arrival.ts';
import { type Phase, phases } from '../phases.ts';
import { featuresOf } from '../reality/features.ts';
import { breathe } from '../road/breathe.ts';
import type { Watch } from '../watch.ts';
import { findBlock, type KnownBlock } from './known-block.ts';

/** Instructions between two looks at the clock: under an adversary, some 50 ms. */
const SLICE = 250_000;
/** Milliseconds that everything else that waits may have to: signals, timers, progress. */
const PATIENCE = 50;
/** A routine that retires more than this many instructions a page is lost: a copy takes 700, a digest 6 400. */
const INSTRUCTIONS_PER_PAGE = 16_384;
/** The same where a digest takes 3 000 instructions for 64 bytes. */
const PLAIN_INSTRUCTIONS_PER_PAGE = 2 ** 18;

/** How far a run may go, and what its errors are called. */
export interface RunOptions {
  /** The phase that progress and errors name; `relocation` by default. */
  readonly phase?: Phase;
  /** Instructions that it may take. */
  readonly limit?: number;
  /** Where it must stop: at the jump by default. Stopping elsewhere is a wrong digest. */
  readonly expected?: bigint;
  /** Executes blocks of SHA-256 at once: see {@link KnownBlock}. No by default. */
  readonly knownBlock?: boolean;
  /** What was digested before, for those blocks. */
  readonly notes?: DigestNotes | undefined;
}

/**
 * Runs the stage to its jump.
 *
 * @throws RebootError in the phase: `EFAULT` for a fault, `EIO` where a digest is wrong, `ETIMEDOUT` for a routine
 * that does not end; the signal's reason.
 */
export async function runToJump(
  machine: Machine,
  stage: StagePlan,
  { onEvent, signal }: Watch,
  {
    phase = phases.relocation,
    limit = generousLimit(machine, stage),
    expected = stage.jump,
    knownBlock = false,
    notes,
  }: RunOptions = {},
): Promise<void> {
  const { cpu } = machine;
  cpu.breakAt(stage.jump);
  if (stage.halt !== undefined) cpu.breakAt(stage.halt);
  const block = knownBlock ? findBlock(machine, stage, notes) : undefined;
  if (block !== undefined) cpu.breakAt(block.address);
  let done = cpu.counters.instructions;
  let breathed = performance.now();
  for (let going = true; going; ) {
    const step = advance(machine, Math.min(SLICE, limit + 1 - done), block, phase);
    going = step.going;
    done += step.spent;
    if (done > limit) throw lost(limit, cpu.pc, phase);
    if (performance.now() - breathed < PATIENCE) continue;
    onEvent?.({ type: 'progress', phase: phase.name, done, total: limit, unit: 'instructions' });
    await breathe(signal);
    breathed = performance.now();
  }
  // At the jump although a digest is wrong: that is the caller's to judge.
  if (cpu.pc !== expected && cpu.pc !== stage.jump)
    throw digestMismatch(machine.console?.text ? [machine.console.text] : [], phase);
}

/** Instructions that no routine of a stage needs. */
export function generousLimit({ cpu: { system } }: Machine, { placement }: StagePlan): number {
  const pages = placement.segments.reduce((sum, { memsz }) => sum + Number(memsz / 4096n), 0);
  const { sha256 } = featuresOf((register) => system.get(register));
  return (pages + 1) * (sha256 ? INSTRUCTIONS_PER_PAGE : PLAIN_INSTRUCTIONS_PER_PAGE);
}

/** What came of some instructions: whether there is more to run, and how much of what was allowed is spent. */
interface Step {
  readonly going: boolean;
  readonly spent: number;
}

function advance(machine: Machine, allowed: number, block: KnownBlock | undefined, phase: Phase): Step {
  const { cpu } = machine;
  const before = cpu.counters.instructions;
  const retired = (): number => cpu.counters.instructions - before;
  try {
    // Exceptions retire nothing: what was allowed is spent all the same, so that every run ends.
    if (machine.run(allowed).reason === 'limit') return { going: true, spent: allowed };
    if (block === undefined || cpu.pc !== block.address) return { going: false, spent: retired() };
    if (!block.run(allowed - retired())) cpu.clearBreak(block.address);
    return { going: true, spent: retired() };
  } catch (error) {
    throw reasonOf(error, phase);
  }
}

function lost(limit: number, pc: bigint, phase: Phase): RebootError {
  return new RebootError(
    'ETIMEDOUT',
    `the routine did not end within ${limit} instructions, at pc 0x${pc.toString(16)}`,
    'the entry list or the routine does not end',
    { phase, complaint: 'never ends' },
  );
}

/** A fault of the machine as an error of the reboot. */
export function reasonOf(error: unknown, phase: Phase): unknown {
  if (!(error instanceof MachineFault)) return error;
  return new RebootError('EFAULT', error.message, error.hint, {
    phase,
    complaint: 'fault',
    cause: error,
  });
}

/** Looks into the strict machine while it stands at the jump. */
export function probeOf(machine: Machine, { jump }: StagePlan, phase: Phase = phases.relocation): ArrivalProbe {
  const { cpu, memory } = machine;
  return {
    state: async (): Promise<JumpState> => ({
      x: [0, 1, 2, 3].map((register) => cpu.registers.get(register)),
      exceptionLevel: cpu.system.exceptionLevel,
      mmu: cpu.system.effective.mmu,
      dataCache: cpu.system.effective.dataCache,
      daif: cpu.daif,
    }),
    read: async (segment) => readMemory(machine, segment),
    cacheComplaint: (pfn): CacheComplaint | undefined => {
      const frame = memory.frame(pfn);
      if (frame === undefined) return undefined;
      if (frame.dirtyLines() > 0) return 'dirty lines';
      if (frame.staleLines() > 0) return 'stale lines';
      if (frame.unfinishedLines() > 0) return 'unfinished lines';
      return cpu.holdsOldInstructions(pfn) ? 'old instructions' : undefined;
    },
    step: async () => {
      cpu.clearBreak(jump);
      try {
        cpu.run(1);
      } catch (error) {
        throw reasonOf(error, phase);
      }
      return cpu.pc;
    },
  };
}

/** What the point of coherency holds of a segment's destination. */
function readMemory({ memory }: Machine, { mem, memsz }: PlannedSegment): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Number(memsz));
  const first = pfnOf(mem);
  for (let page = 0; page * FRAME_SIZE < bytes.length; page++) {
    const frame = memory.frame(first + page);
    if (frame !== undefined) bytes.set(frame.bytes(), page * FRAME_SIZE);
  }
  return bytes;
}
