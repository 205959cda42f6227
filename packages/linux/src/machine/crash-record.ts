import { fateOf, isProcessId, type ProcessId, thisProcess } from '../holder/process.ts';
import { readNote, removeNote, writeNote } from '../holder/run-folder.ts';
import type { Host } from '../host-values.ts';

/**
 * That what a panic starts is an image of ours. It is a note of its own: what is loaded for a reboot comes and goes, and this image
 * stays in its slot meanwhile.
 */
const NOTE = 'crash.json';

/** Notes that this process is about to load an image for a panic. @throws LinuxError `EACCES`, `EIO` */
export const writeCrash = (folder: string): void => writeNote(folder, NOTE, thisProcess());

/** Nothing of ours stands there any more. */
export const forgetCrash = (folder: string): void => removeNote(folder, NOTE);

/** The process that has noted so in this boot; undefined where none has. */
export function readCrash(folder: string): ProcessId | undefined {
  const record = readNote(folder, NOTE);
  return isProcessId(record) && fateOf(record) !== 'of another boot' ? record : undefined;
}

/** Whether what a panic starts is an image that was noted in this boot. */
export const isCrashOurs = (folder: string, { kexecCrashLoaded }: Pick<Host, 'kexecCrashLoaded'>): boolean =>
  kexecCrashLoaded !== false && readCrash(folder) !== undefined;
