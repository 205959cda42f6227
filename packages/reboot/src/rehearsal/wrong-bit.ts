import type { Machine } from '@kexeckit/arm64-machine';
import {
  copiesOf,
  breadcrumbs as marks,
  type PlannedSegment,
  pfnOf,
  type StagePlan,
  segmentDigest,
} from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import type { LoadedReboot } from '../machine/machine.ts';
import { phases } from '../phases.ts';
import { reasonOf } from '../strict/run.ts';
import type { WrongBit } from './configuration.ts';

/** Instructions that a routine gets to leave the place where it has stopped. */
const PATIENCE = 64;

/** The segments in the order in which they are digested: those that are copied, then the others. */
export function digested({ placement: { segments } }: StagePlan): PlannedSegment[] {
  const full = segments.filter(({ memsz }) => memsz > 0n);
  return [
    ...full.filter(({ placement }) => placement === 'copied'),
    ...full.filter(({ placement }) => placement !== 'copied'),
  ];
}

/** Makes a bit of a segment, or of its digest, wrong in the machine. */
export function plantWrongBit(machine: Machine, { plan: { stage }, contents }: LoadedReboot, wrong: WrongBit): void {
  const segment = digested(stage)[wrong.segment];
  const constants = stage.controlPages.find(({ owner }) => owner === 'constants');
  if (segment === undefined || constants === undefined) return;
  if (wrong.in === 'content') {
    flip(machine, sourceOf(stage, pfnOf(segment.mem)), 0, 31);
    return;
  }
  const digest = new DataView(segmentDigest(segment, contents.get(segment.name) ?? new Uint8Array()).buffer);
  const words = new Uint32Array(new Uint8Array(constants.bytes).buffer);
  const word = digest.getUint32(4 * (wrong.in >>> 5), false);
  // Segments may have the same digest: the last one is meant.
  flip(machine, constants.pfn, words.lastIndexOf(word), wrong.in & 31);
}

/** Where a destination page is loaded. */
function sourceOf(stage: StagePlan, pfn: number): number {
  for (const { source, destination, pages } of copiesOf(stage))
    if (destination <= pfn && pfn < destination + pages) return source + pfn - destination;
  return pfn;
}

/** Changes a bit of a word in the caches and at the point of coherency. */
function flip({ memory }: Machine, pfn: number, word: number, bit: number): void {
  const frame = memory.frame(pfn);
  if (frame === undefined) return;
  for (const view of [frame.memory, frame.cache]) if (view !== undefined) view[word] = (view[word] ?? 0) ^ (1 << bit);
}

/**
 * Checks that the routine has stopped for good where a digest is wrong, and says so.
 *
 * @throws RebootError `EFAULT` in phase `rehearse`.
 */
export function checkStopped(machine: Machine, stage: StagePlan, { segment }: WrongBit): void {
  const { cpu } = machine;
  const { halt = 0n, jump, breadcrumbs } = stage;
  if (cpu.pc === jump) throw refused('a wrong digest does not stop the routine', 'digest');
  const letter = String.fromCharCode('a'.charCodeAt(0) + segment);
  const text = machine.console?.text ?? '';
  const expected = breadcrumbs === undefined ? '' : `${marks.mismatch}${letter}`;
  if (!text.endsWith(expected)) throw refused(`for a wrong digest the console shows "${text}"`, 'console');
  cpu.clearBreak(halt);
  try {
    for (let step = 0; step < PATIENCE; step++) machine.step();
  } catch (error) {
    throw reasonOf(error, phases.rehearse);
  }
  if (cpu.pc < halt || cpu.pc > halt + 4n) throw refused('the routine goes on after it has stopped', 'digest');
}

function refused(what: string, complaint: 'digest' | 'console'): RebootError {
  return new RebootError('EFAULT', what, 'nothing was changed on the machine; do not trust this routine to verify', {
    phase: phases.rehearse,
    complaint,
  });
}
