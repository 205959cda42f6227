import { type PlannedSegment, pfnOf, type StagePlan } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { type Phase, phases } from '../phases.ts';
import { sha256Hex } from '../plan/digest.ts';
import type { ArrivalComplaint } from './complaint.ts';
import type { LoadedReboot } from './machine.ts';
import type { ReadBack } from './report.ts';

/** What a machine shows of itself while it stands at the jump to the next kernel. */
export interface JumpState {
  /** x0 to x3. */
  readonly x: readonly bigint[];
  readonly exceptionLevel: number;
  /** SCTLR.M of the level. */
  readonly mmu: boolean;
  /** SCTLR.C of the level. */
  readonly dataCache: boolean;
  /** PSTATE.DAIF as four bits: 15 masks everything. */
  readonly daif: number;
}

/** What caches hold of a page at the jump that they should not. */
export type CacheComplaint = Extract<
  ArrivalComplaint,
  'dirty lines' | 'stale lines' | 'unfinished lines' | 'old instructions'
>;

/** How the check of an arrival looks into a machine that stands at the jump. */
export interface ArrivalProbe {
  state(): Promise<JumpState>;
  /** All `memsz` bytes of a segment's destination, as the next kernel sees them: from the point of coherency. */
  read(segment: PlannedSegment): Promise<Uint8Array<ArrayBuffer>>;
  /** What is wrong with a page in the caches, where the machine has a model of them. By page frame number. */
  readonly cacheComplaint?: (pfn: number) => CacheComplaint | undefined;
  /** Executes the jump, and returns where it leads. */
  step(): Promise<bigint>;
}

/** What an arrival is checked for. */
export interface ArrivalExpectation {
  /** The phase that errors name; `relocation` by default. */
  readonly phase?: Phase;
  /** The level that the next kernel must be entered at; that of the plan by default. */
  readonly exceptionLevel?: number;
}

/**
 * Checks everything about an arrival that the machine can show: every byte of every destination, the caches, the state
 * that the boot protocol asks for, and where the jump leads (Documentation/arch/arm64/booting.rst).
 *
 * @throws RebootError in phase `relocation`, with what is wrong as its `complaint`.
 */
export async function checkArrival(
  probe: ArrivalProbe,
  { plan, contents }: LoadedReboot,
  expected: ArrivalExpectation = {},
): Promise<ReadBack[]> {
  const { stage } = plan;
  const { phase } = expected;
  const found: ReadBack[] = [];
  for (const segment of stage.placement.segments) {
    checkCaches(probe, segment, phase);
    const content = contents.get(segment.name) ?? new Uint8Array();
    found.push(await compareReadBack(segment, content, await probe.read(segment), phase));
  }
  await checkHandOver(probe, stage, expected);
  return found;
}

/**
 * The part of {@link checkArrival} that is about the CPU: its state at the jump, and where the jump leads. The jump is
 * executed.
 *
 * @throws RebootError in the phase, with what is wrong as its `complaint`.
 */
export async function checkHandOver(
  probe: ArrivalProbe,
  { placement, softRestart, exceptionLevel: own }: StagePlan,
  { phase = phases.relocation, exceptionLevel = softRestart ? 2 : own }: ArrivalExpectation = {},
): Promise<void> {
  checkState(await probe.state(), placement.dtb, exceptionLevel, phase);
  const next = await probe.step();
  if (next !== placement.entry) throw wrongHandOver(`the jump leads to ${hex(next)}`, phase);
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

const wrongHandOver = (what: string, phase: Phase): RebootError =>
  new RebootError('EFAULT', what, 'see Documentation/arch/arm64/booting.rst', { phase, complaint: 'hand-over' });

/** What each complaint about a page says, and what keeps it away. */
const cacheRules: Readonly<Record<CacheComplaint, readonly [says: string, hint: string]>> = {
  'dirty lines': [
    'has dirty cache lines',
    'clean it to the point of coherency, or drop the old lines before writing past the cache',
  ],
  'stale lines': ['has stale cache lines', 'invalidate old lines before writing past the cache'],
  'unfinished lines': ['has lines that are still being cleaned', 'put DSB behind the DC'],
  'old instructions': ['has old lines in the instruction cache', 'IC IALLU, DSB, ISB before the jump'],
};

/** @throws RebootError `EIO` in the phase for the first page of a segment that the caches hold otherwise than memory. */
export function checkCaches(
  probe: Pick<ArrivalProbe, 'cacheComplaint'>,
  { name, mem, memsz }: PlannedSegment,
  phase: Phase = phases.relocation,
): void {
  if (probe.cacheComplaint === undefined) return;
  for (let pfn = pfnOf(mem); pfn < pfnOf(mem + memsz); pfn++) {
    const complaint = probe.cacheComplaint(pfn);
    if (complaint === undefined) continue;
    const [says, hint] = cacheRules[complaint];
    throw new RebootError('EIO', `page ${hex(pfn)} of ${name} ${says} at the jump`, hint, { phase, complaint });
  }
}

/** x0 is the device tree, x1 to x3 are zero; MMU and data cache off; everything masked; at the right level. */
function checkState(state: JumpState, dtb: bigint, exceptionLevel: number, phase: Phase): void {
  for (const [register, expected] of [dtb, 0n, 0n, 0n].entries()) {
    const value = state.x[register] ?? 0n;
    if (value !== expected)
      throw wrongHandOver(`x${register} is ${hex(value)} at the jump, not ${hex(expected)}`, phase);
  }
  if (state.mmu || state.dataCache) throw wrongHandOver('the MMU or the data cache is still on at the jump', phase);
  if (state.daif !== 0xf) throw wrongHandOver('interrupts are not masked at the jump', phase);
  if (state.exceptionLevel !== exceptionLevel)
    throw wrongHandOver(`the jump is at EL${state.exceptionLevel}, not at EL${exceptionLevel}`, phase);
}

/**
 * Compares a segment's destination, read from a machine, with the segment itself.
 *
 * @param actual all `memsz` bytes at the destination.
 * @throws RebootError `EIO` in the phase, naming the first byte that differs.
 */
export async function compareReadBack(
  segment: PlannedSegment,
  content: Uint8Array,
  actual: Uint8Array<ArrayBuffer>,
  phase: Phase = phases.relocation,
): Promise<ReadBack> {
  const wrong = firstDifference(content, actual, Number(segment.memsz));
  if (wrong !== undefined) throw wrongContents(segment, wrong, phase);
  return { segment: segment.name, bytes: actual.length, sha256: await sha256Hex(actual) };
}

/** The error for a destination that differs from its segment, from this byte on. */
export function wrongContents({ name, mem }: PlannedSegment, at: number, phase: Phase): RebootError {
  return new RebootError(
    'EIO',
    `${name} differs at ${hex(mem + BigInt(at))}, byte ${at}`,
    'the relocation went wrong; the machine was stopped before the jump',
    { phase, complaint: 'contents' },
  );
}

function firstDifference(content: Uint8Array, actual: Uint8Array, size: number): number | undefined {
  for (let at = 0; at < size; at++) if (actual[at] !== (content[at] ?? 0)) return at;
  return undefined;
}

/** The routine stopped by itself: what it says on the console names the segment. */
export function digestMismatch(console: readonly string[], phase: Phase = phases.relocation): RebootError {
  return new RebootError(
    'EIO',
    'a segment differs from its digest; the routine stopped before the jump',
    'memory was changed between loading and the reboot',
    { phase, complaint: 'digest', console },
  );
}
