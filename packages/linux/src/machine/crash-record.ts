import { fateOf, isProcessId, thisProcess } from '../holder/process.ts';
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

/** Whether what a panic starts is an image that was noted in this boot. */
export function isCrashOurs(folder: string, { kexecCrashLoaded }: Pick<Host, 'kexecCrashLoaded'>): boolean {
  const record = readNote(folder, NOTE);
  return kexecCrashLoaded !== false && isProcessId(record) && fateOf(record) !== 'of another boot';
}
