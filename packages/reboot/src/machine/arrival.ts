import type { PlannedSegment } from '@kexeckit/relocation';
import { pfnOf } from '@kexeckit/relocation';
import { RebootError, type RebootErrorCode } from '../error.ts';
import { phases } from '../phases.ts';
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

/**
 * Checks everything about an arrival that the machine can show: every byte of every destination, the caches, the state
 * that the boot protocol asks for, and where the jump leads (Documentation/arch/arm64/booting.rst).
 *
 * @throws RebootError in phase `relocation`, with what is wrong as its `complaint`.
 */
export async function checkArrival(probe: ArrivalProbe, { plan, contents }: LoadedReboot): Promise<ReadBack[]> {
  const { stage } = plan;
  const found: ReadBack[] = [];
  for (const segment of stage.placement.segments) {
    checkCaches(probe, segment);
    const content = contents.get(segment.name) ?? new Uint8Array();
    found.push(await compareReadBack(segment, content, await probe.read(segment)));
  }
  checkState(await probe.state(), stage.placement.dtb, stage.softRestart ? 2 : stage.exceptionLevel);
  const next = await probe.step();
  if (next !== stage.placement.entry) throw wrongHandOver(`the jump leads to ${hex(next)}`);
  return found;
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

function failed(code: RebootErrorCode, complaint: ArrivalComplaint, message: string, hint: string): RebootError {
  return new RebootError(code, message, hint, { phase: phases.relocation, complaint });
}

const wrongHandOver = (what: string): RebootError =>
  failed('EFAULT', 'hand-over', what, 'see Documentation/arch/arm64/booting.rst');

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

function checkCaches(probe: ArrivalProbe, { name, mem, memsz }: PlannedSegment): void {
  if (probe.cacheComplaint === undefined) return;
  for (let pfn = pfnOf(mem); pfn < pfnOf(mem + memsz); pfn++) {
    const complaint = probe.cacheComplaint(pfn);
    if (complaint === undefined) continue;
    const [says, hint] = cacheRules[complaint];
    throw failed('EIO', complaint, `page ${hex(pfn)} of ${name} ${says} at the jump`, hint);
  }
}

/** x0 is the device tree, x1 to x3 are zero; MMU and data cache off; everything masked; at the right level. */
function checkState(state: JumpState, dtb: bigint, exceptionLevel: number): void {
  for (const [register, expected] of [dtb, 0n, 0n, 0n].entries()) {
    const value = state.x[register] ?? 0n;
    if (value !== expected) throw wrongHandOver(`x${register} is ${hex(value)} at the jump, not ${hex(expected)}`);
  }
  if (state.mmu || state.dataCache) throw wrongHandOver('the MMU or the data cache is still on at the jump');
  if (state.daif !== 0xf) throw wrongHandOver('interrupts are not masked at the jump');
  if (state.exceptionLevel !== exceptionLevel)
    throw wrongHandOver(`the jump is at EL${state.exceptionLevel}, not at EL${exceptionLevel}`);
}

/**
 * Compares a segment's destination, read from a machine, with the segment itself.
 *
 * @param actual all `memsz` bytes at the destination.
 * @throws RebootError `EIO` in phase `relocation`, naming the first byte that differs.
 */
export async function compareReadBack(
  segment: PlannedSegment,
  content: Uint8Array,
  actual: Uint8Array<ArrayBuffer>,
): Promise<ReadBack> {
  const wrong = firstDifference(content, actual, Number(segment.memsz));
  if (wrong !== undefined)
    throw failed(
      'EIO',
      'contents',
      `${segment.name} differs at ${hex(segment.mem + BigInt(wrong))}, byte ${wrong}`,
      'the relocation went wrong; the machine was stopped before the jump',
    );
  return { segment: segment.name, bytes: actual.length, sha256: await sha256Hex(actual) };
}

function firstDifference(content: Uint8Array, actual: Uint8Array, size: number): number | undefined {
  for (let at = 0; at < size; at++) if (actual[at] !== (content[at] ?? 0)) return at;
  return undefined;
}

/** The routine stopped by itself: what it says on the console names the segment. */
export function digestMismatch(console: readonly string[]): RebootError {
  return new RebootError(
    'EIO',
    'a segment differs from its digest; the routine stopped before the jump',
    'memory was changed between loading and the reboot',
    { phase: phases.relocation, complaint: 'digest', console },
  );
}
