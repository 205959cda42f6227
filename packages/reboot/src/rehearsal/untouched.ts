import { Frame, type Machine } from '@kexeckit/arm64-machine';
import { PAGE_SIZE, pfnOf, type StagePlan } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import type { LoadedReboot } from '../machine/machine.ts';
import { phases } from '../phases.ts';
import { sameWords, wordsOf } from './words.ts';

const FRAME_WORDS = PAGE_SIZE / 4;
/** State of a line that the cache holds newer than memory. */
const DIRTY = 2;

/**
 * Checks that a run has written nothing but what is its own: destinations, which are compared byte for byte elsewhere, and the
 * workspace, of which nothing may be left in the caches. Everything that was loaded is as it was loaded, and all other
 * memory as it was before.
 *
 * @throws RebootError `EFAULT` in phase `rehearse`, complaint `stray write`.
 */
export function checkUntouched({ memory }: Machine, { plan: { stage }, image }: LoadedReboot): void {
  const own = ownFrames(stage);
  const known = new Set<Frame>();
  for (const pfn of own) {
    const frame = memory.frame(pfn);
    if (frame !== undefined) known.add(frame);
  }
  for (const [pfn, bytes] of image.pages()) {
    const frame = memory.frame(pfn);
    if (frame === undefined || known.has(frame)) continue;
    known.add(frame);
    if (!holds(frame, wordsOf(bytes))) throw strayWrite(pfn, 'which was loaded');
  }
  const pristine = new Frame().memory;
  for (let index = 0; index < memory.touchedFrames; index++) {
    const frame = memory.touchedFrame(index);
    if (frame === undefined || known.has(frame)) continue;
    if (!holds(frame, pristine) || frame.dirtyLines() > 0)
      throw strayWrite(memory.touchedPfn(index), 'which is not of the plan');
  }
  checkWorkspace(memory, stage);
}

/**
 * Checks that a run has not even read memory that is not of the plan: somebody else may own it, a mailbox, a spin table, a
 * region that the firmware guards.
 *
 * @param before frames that were touched before the run: those of the plan.
 * @throws RebootError `EFAULT` in phase `rehearse`, complaint `stray access`.
 */
export function checkNothingElseTouched({ memory }: Machine, before: number): void {
  if (memory.touchedFrames === before) return;
  throw new RebootError(
    'EFAULT',
    `the routine accessed the page at ${hex(memory.touchedPfn(before))}, which is not of the plan`,
    'nothing was changed on the machine; regenerate the plan, and report it if that does not help',
    { phase: phases.rehearse, complaint: 'stray access' },
  );
}

/** Pages of segments, and the workspace. */
function ownFrames({ placement, controlPages }: StagePlan): Set<number> {
  const own = new Set<number>();
  for (const { mem, memsz } of placement.segments)
    for (let pfn = pfnOf(mem); pfn < pfnOf(mem + memsz); pfn++) own.add(pfn);
  for (const { pfn, owner } of controlPages) if (owner === 'workspace') own.add(pfn);
  return own;
}

/** Whether a page holds these words, in the caches and at the point of coherency. */
function holds(frame: Frame, expected: Uint32Array): boolean {
  const { lines, cache } = frame;
  const words = FRAME_WORDS / lines.length;
  for (let line = 0; line < lines.length; line++) {
    const state = lines[line];
    const from = line * words;
    if (state !== DIRTY && !sameWords(frame.memory, expected, from, from + words)) return false;
    if (state !== 0 && cache !== undefined && !sameWords(cache, expected, from, from + words)) return false;
  }
  return true;
}

/** A dirty line of the workspace could land on what the next kernel puts there. */
function checkWorkspace(memory: Machine['memory'], { controlPages }: StagePlan): void {
  for (const { pfn, owner } of controlPages) {
    const frame = owner === 'workspace' ? memory.frame(pfn) : undefined;
    if (frame === undefined || frame.dirtyLines() + frame.unfinishedLines() === 0) continue;
    throw new RebootError(
      'EFAULT',
      `page ${hex(pfn)}, the workspace, has dirty cache lines at the jump`,
      'clean it to the point of coherency, DSB',
      { phase: phases.rehearse, complaint: 'dirty lines' },
    );
  }
}

const hex = (pfn: number): string => `0x${(pfn * PAGE_SIZE).toString(16)}`;

function strayWrite(pfn: number, what: string): RebootError {
  return new RebootError(
    'EFAULT',
    `the routine changed the page at ${hex(pfn)}, ${what}`,
    'nothing was changed on the machine; regenerate the plan, and report it if that does not help',
    { phase: phases.rehearse, complaint: 'stray write' },
  );
}
