import { join } from 'node:path';
import { phases, RebootError } from '@kexeckit/reboot';
import { fateOf, isProcessId, isSame, type ProcessId, thisProcess } from './process.ts';
import { HOLDER_FOLDER, readNote, removeNote, writeNote } from './run-folder.ts';

/** The process that holds the pages of what is loaded, as it noted itself. */
export interface HolderRecord extends ProcessId {
  readonly strategy: string;
}

/** A holder that has noted itself. */
export interface FoundHolder extends HolderRecord {
  /** Whether it still lives; undefined where only another namespace of processes knows: then it has to be asked. */
  readonly isAlive: boolean | undefined;
}

const NOTE = 'holder.json';
const SOCKET = 'holder.socket';

/** Where a holder listens. */
export const socketIn = (folder: string): string => join(folder, SOCKET);

/** Notes this process as a holder. @throws LinuxError `EACCES`, `EIO` */
export function writeRecord(strategy: string, folder: string): void {
  const record: HolderRecord = { ...thisProcess(), strategy };
  writeNote(folder, NOTE, record);
}

/** Forgets a holder, this process by default. What another one has noted since stays. */
export function removeRecord(folder: string, holder: ProcessId = thisProcess()): void {
  const noted = readNote(folder, NOTE);
  if (isProcessId(noted) && !isSame(noted, holder)) return;
  removeNote(folder, NOTE);
  removeNote(folder, SOCKET);
}

/**
 * The holder that has noted itself, dead or alive; undefined where there is none, or this process may not see it. One of another
 * boot has nothing to do with what is loaded now.
 */
export function readHolder(folder: string = HOLDER_FOLDER): FoundHolder | undefined {
  const record = readNote(folder, NOTE);
  if (!isRecord(record)) return undefined;
  const fate = fateOf(record);
  if (fate === 'of another boot') return undefined;
  return { ...record, isAlive: fate === 'not known' ? undefined : fate === 'alive' };
}

/** A holder that is another process than this one, and does not show to be dead. */
export function otherHolder(folder: string): FoundHolder | undefined {
  const found = readHolder(folder);
  return found === undefined || found.isAlive === false || isSame(found, thisProcess()) ? undefined : found;
}

/** Another process holds an image, loaded or not. */
export const busyHolding = ({ pid }: FoundHolder): RebootError =>
  new RebootError(
    'EBUSY',
    `process ${pid} still holds the pages of an image`,
    'it lets go soon after its image was unloaded; or ask it to: kexeckit unload',
    { phase: phases.stage },
  );

const isRecord = (value: unknown): value is HolderRecord =>
  isProcessId(value) && 'strategy' in value && typeof value.strategy === 'string';
