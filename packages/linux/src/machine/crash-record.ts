import { fateOf, isProcessId, thisProcess } from '../holder/process.ts';
import { readNote, removeNote, writeNote } from '../holder/run-folder.ts';
import type { Host } from '../host-values.ts';

// Beside the note of what is loaded for a reboot: that one goes with the next load, and what a panic starts stays.

const NOTE = 'crash.json';

/** Notes that what a panic starts is ours, or is about to be. @throws LinuxError `EACCES`, `EIO` */
export const writeCrash = (folder: string): void => writeNote(folder, NOTE, thisProcess());

/** It is ours no more. */
export const forgetCrash = (folder: string): void => removeNote(folder, NOTE);

/** Whether what a panic starts was loaded by us in this boot; whatever has become of the reboot that it was loaded with. */
export function ownsCrash(folder: string, { kexecCrashLoaded }: Pick<Host, 'kexecCrashLoaded'>): boolean {
  const note = readNote(folder, NOTE);
  return kexecCrashLoaded !== false && isProcessId(note) && fateOf(note) !== 'of another boot';
}
