import { createHash } from 'node:crypto';
import { type Range, rangesOverlap } from '@kexeckit/ioport';
import { type LoadedReboot, phases, RebootError } from '@kexeckit/reboot';
import { PAGE_SIZE, pfnOf, strategyNamed } from '@kexeckit/relocation';
import { hostRam } from '../facts.ts';
import { fateOf, isProcessId, isSame, type ProcessId, thisProcess } from '../holder/process.ts';
import { readHolder } from '../holder/record.ts';
import { readNote, removeNote, writeNote } from '../holder/run-folder.ts';
import type { Host } from '../host-values.ts';
import type { Kernel } from '../syscalls/kernel.ts';
import { forgetEmptied, isEmptied, noteEmptied } from './emptied-record.ts';
import { keptPlaces, withMemory } from './routes/kept-memory.ts';

/** What was loaded, as its loader noted it: for whoever reboots into it, or unloads it, when that process has ended. */
export interface LoadedRecord extends ProcessId {
  readonly strategy: string;
  /** Whether digests are compared before the jump. */
  readonly checks: boolean;
  /** Whether the running kernel was given files: the call that took them unloads them, too. */
  readonly byFiles: boolean;
  /** Whether it lives in pages of its loader. */
  readonly isHeld: boolean;
  /** Whether what a panic starts was loaded with it. */
  readonly takesCrash: boolean;
  /** Bytes of the crash kernel's region that it stands in; undefined where it stands elsewhere. */
  readonly crashSize: string | undefined;
  /** What of it stands in memory that was kept from the kernel. */
  readonly kept: readonly KeptRecord[];
}

/** A part of memory, and what was written there. */
interface KeptRecord {
  /** `start-end`, hexadecimal. */
  readonly place: string;
  readonly sha256: string;
}

/** What a load notes of itself, but for its process. */
export type NewRecord = Omit<LoadedRecord, keyof ProcessId>;

const NOTE = 'loaded.json';

/** Notes what this process is about to load. @throws LinuxError `EACCES`, `EIO` */
export function writeLoaded(folder: string, what: NewRecord): void {
  const record: LoadedRecord = { ...thisProcess(), ...what };
  forgetEmptied(folder);
  writeNote(folder, NOTE, record);
}

/** Notes again what was noted before a load that has failed. @throws as writeLoaded */
export const restoreLoaded = (folder: string, record: LoadedRecord): void => writeNote(folder, NOTE, record);

/** What a plan that was loaded says of itself. */
export function loadedOf(
  { plan: { stage, wishes }, image }: Pick<LoadedReboot, 'plan' | 'image'>,
  host: Host,
  isHeld: boolean,
): NewRecord {
  const { region } = strategyNamed(stage.strategy);
  const takesCrash = region === 'crashkernel';
  const kept = region === 'kexeckernel' ? keptPlaces(stage.placement.segments) : [];
  return {
    strategy: wishes.strategy,
    checks: wishes.verify,
    byFiles: false,
    isHeld,
    takesCrash,
    crashSize: takesCrash ? host.kexecCrashSize?.toString() : undefined,
    kept: kept.map((range) => ({
      place: `${range.start.toString(16)}-${range.end.toString(16)}`,
      sha256: digestOf(range, (pfn) => image.page(pfn)),
    })),
  };
}

/** What this process had loaded is not any more. */
export const forgetLoaded = (folder: string): void => removeNote(folder, NOTE);

/** Nothing is loaded any more, and whoever had loaded it may not know. */
export function forgetLoadedBefore(folder: string): void {
  const record = readLoaded(folder);
  if (record !== undefined) noteEmptied(folder, record);
  forgetLoaded(folder);
}

/** Whether what this process has loaded is gone, as others have noted: another image may stand there now. */
export function isOursGone(folder: string | undefined): boolean {
  if (folder === undefined) return false;
  const record = readLoaded(folder);
  return record === undefined
    ? isEmptied(folder, (process) => isSame(process, thisProcess()))
    : !isSame(record, thisProcess());
}

/** What was noted in this boot; undefined where nothing was, or this process may not see it. */
export function readLoaded(folder: string): LoadedRecord | undefined {
  const record = readNote(folder, NOTE);
  return isLoadedRecord(record) && fateOf(record) !== 'of another boot' ? record : undefined;
}

function isLoadedRecord(value: unknown): value is LoadedRecord {
  if (!isProcessId(value)) return false;
  const is: Partial<Record<keyof LoadedRecord, unknown>> = value;
  const { strategy, checks, byFiles, isHeld, takesCrash, crashSize, kept } = is;
  return (
    typeof strategy === 'string' &&
    [checks, byFiles, isHeld, takesCrash].every((each) => typeof each === 'boolean') &&
    (crashSize === undefined || (typeof crashSize === 'string' && /^\d+$/.test(crashSize))) &&
    Array.isArray(kept) &&
    kept.every(isKeptRecord)
  );
}

function isKeptRecord(value: unknown): value is KeptRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { place, sha256 }: Partial<Record<keyof KeptRecord, unknown>> = value;
  return typeof place === 'string' && /^[\da-f]+-[\da-f]+$/.test(place) && typeof sha256 === 'string';
}

/**
 * Refuses to reboot into what has lost what it needs: the purgatory would stop.
 *
 * @throws RebootError `ESTALE` in phase `stage`.
 */
export function refuseGone(record: LoadedRecord, now: Host, folder: string): void {
  const { takesCrash, crashSize, isHeld } = record;
  if (takesCrash && now.kexecCrashLoaded === false)
    throw stale('somebody has unloaded the image from the crash region, which the reboot would start');
  if (crashSize !== undefined && now.kexecCrashSize !== undefined && now.kexecCrashSize !== BigInt(crashSize))
    throw stale(
      `the crash region, where the next kernel stands, had ${crashSize} bytes, and has ${now.kexecCrashSize}`,
    );
  const taken = keptOf(record).find((place) => hostRam(now).some((ram) => rangesOverlap(ram, place)));
  if (taken !== undefined)
    throw stale(
      `the kernel has taken memory at 0x${taken.start.toString(16)} for itself, where the next kernel stands`,
    );
  if (isHeld) refuseUnheld(record, folder);
}

/** The note of the holder may be gone; that of the load names the same process. */
function refuseUnheld(record: LoadedRecord, folder: string): void {
  const holder = readHolder(folder);
  if (holder?.isAlive === false || fateOf(record) === 'dead')
    throw stale('the process in whose pages the image stands has died');
  if (holder === undefined)
    throw stale(`process ${record.pid}, in whose pages the image stands, is not noted any more: nobody can ask it`);
}

/**
 * Reads back what stands in memory that was kept from the kernel, and compares it with what was written.
 *
 * @throws RebootError in phase `stage`: `ESTALE` where it has changed, else why /dev/mem cannot be read here.
 */
export async function refuseChanged({ kept }: LoadedRecord, now: Host, kernel: Kernel): Promise<void> {
  for (const { place, sha256 } of kept) {
    const range = rangeIn(place);
    const read = await withMemory({ host: now, kernel }, [range], (memory) =>
      digestOf(range, (pfn) => memory.read(pfn)),
    );
    if (read === sha256) continue;
    throw stale(`what stands at 0x${range.start.toString(16)} is not what was loaded there`);
  }
}

const keptOf = ({ kept }: LoadedRecord): Range[] => kept.map(({ place }) => rangeIn(place));

function rangeIn(place: string): Range {
  const [start, end] = place.split('-');
  return { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) };
}

/** SHA-256 of the pages of a range; one that is not there is zero. */
function digestOf({ start, end }: Range, page: (pfn: number) => Uint8Array | undefined): string {
  const hash = createHash('sha256');
  for (let pfn = pfnOf(start); pfn < pfnOf(end + 1n); pfn++) hash.update(page(pfn) ?? new Uint8Array(PAGE_SIZE));
  return hash.digest('hex');
}

const stale = (what: string): RebootError =>
  new RebootError('ESTALE', what, 'unload it and load it again: kexeckit unload, kexeckit load', {
    phase: phases.stage,
  });
