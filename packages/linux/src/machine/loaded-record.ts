import { type Range, rangesOverlap } from '@kexeckit/ioport';
import { phases, RebootError, type RebootPlan } from '@kexeckit/reboot';
import { segmentEnd, strategyNamed } from '@kexeckit/relocation';
import { hostRam } from '../facts.ts';
import { fateOf, isProcessId, type ProcessId, thisProcess } from '../holder/process.ts';
import { readHolder } from '../holder/record.ts';
import { readNote, removeNote, writeNote } from '../holder/run-folder.ts';
import type { Host } from '../host-values.ts';

/** What was loaded, as its loader noted it: for whoever reboots into it, or unloads it, when that process has ended. */
export interface LoadedRecord extends ProcessId {
  readonly strategy: string;
  /** Whether digests are compared before the jump. */
  readonly checks: boolean;
  /** Whether it lives in pages of its loader. */
  readonly isHeld: boolean;
  /** Whether what a panic starts was loaded with it. */
  readonly takesCrash: boolean;
  /** Bytes of the crash kernel's region that it stands in; undefined where it stands elsewhere. */
  readonly crashSize: string | undefined;
  /** Where it stands in memory that was kept from the kernel, as `start-end`, hexadecimal. */
  readonly kept: readonly string[];
}

const NOTE = 'loaded.json';

/** Notes what this process is about to load. @throws LinuxError `EACCES`, `EIO` */
export function writeLoaded(folder: string, what: Omit<LoadedRecord, keyof ProcessId>): void {
  const record: LoadedRecord = { ...thisProcess(), ...what };
  writeNote(folder, NOTE, record);
}

/** What a plan that was loaded says of itself. */
export function loadedOf(
  { stage, wishes }: RebootPlan,
  host: Host,
  isHeld: boolean,
): Omit<LoadedRecord, keyof ProcessId> {
  const { region } = strategyNamed(stage.strategy);
  const takesCrash = region === 'crashkernel';
  const places = region === 'kexeckernel' ? stage.placement.segments.filter(({ memsz }) => memsz > 0n) : [];
  return {
    strategy: wishes.strategy,
    checks: wishes.verify,
    isHeld,
    takesCrash,
    crashSize: takesCrash ? host.kexecCrashSize?.toString() : undefined,
    kept: places.map((segment) => `${segment.mem.toString(16)}-${segmentEnd(segment).toString(16)}`),
  };
}

/** Nothing is loaded any more. */
export const forgetLoaded = (folder: string): void => removeNote(folder, NOTE);

/** What was noted in this boot; undefined where nothing was, or this process may not see it. */
export function readLoaded(folder: string): LoadedRecord | undefined {
  const record = readNote(folder, NOTE);
  return isLoadedRecord(record) && fateOf(record) !== 'of another boot' ? record : undefined;
}

function isLoadedRecord(value: unknown): value is LoadedRecord {
  if (!isProcessId(value)) return false;
  const { strategy, checks, isHeld, takesCrash, crashSize, kept }: Partial<Record<keyof LoadedRecord, unknown>> = value;
  return (
    typeof strategy === 'string' &&
    [checks, isHeld, takesCrash].every((each) => typeof each === 'boolean') &&
    (crashSize === undefined || (typeof crashSize === 'string' && /^\d+$/.test(crashSize))) &&
    Array.isArray(kept) &&
    kept.every((each) => typeof each === 'string' && /^[\da-f]+-[\da-f]+$/.test(each))
  );
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
  if (isHeld && readHolder(folder)?.isAlive === false)
    throw stale('the process in whose pages the image stands has died');
}

const keptOf = ({ kept }: LoadedRecord): Range[] =>
  kept.map((text) => {
    const [start, end] = text.split('-');
    return { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) };
  });

const stale = (what: string): RebootError =>
  new RebootError('ESTALE', what, 'unload it and load it again: kexeckit unload, kexeckit load', {
    phase: phases.stage,
  });
