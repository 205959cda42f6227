import { isProcessId, type ProcessId, thisProcess } from '../holder/process.ts';
import { readNote, removeNote, writeNote } from '../holder/run-folder.ts';

/**
 * The processes whose image is gone: somebody else has unloaded it, or seen that its slot was empty, and removed its note. Without
 * this, what is loaded later without a note would be taken for theirs.
 */
const NOTE = 'emptied.json';
/** So many of the last ones are of interest. */
const MOST = 64;

/** Notes that nothing is loaded any more of a process. Where that cannot be noted, nothing can be. */
export function noteEmptied(folder: string, { pid, started, boot, namespace }: ProcessId): void {
  write(folder, [...emptiedOf(folder).filter((each) => each.pid !== pid), { pid, started, boot, namespace }]);
}

/** This process is about to load again. */
export function forgetEmptied(folder: string): void {
  const all = emptiedOf(folder);
  const others = all.filter(({ pid }) => pid !== process.pid);
  if (others.length < all.length) write(folder, others);
}

/** Whether the image of such a process is gone. */
export const isEmptied = (folder: string, is: (process: ProcessId) => boolean): boolean => emptiedOf(folder).some(is);

/** Of this boot. */
function emptiedOf(folder: string): readonly ProcessId[] {
  const noted = readNote(folder, NOTE);
  const { boot } = thisProcess();
  return Array.isArray(noted) ? noted.filter(isProcessId).filter((each) => each.boot === boot) : [];
}

function write(folder: string, all: readonly ProcessId[]): void {
  if (all.length === 0) {
    removeNote(folder, NOTE);
    return;
  }
  try {
    writeNote(folder, NOTE, all.slice(-MOST));
  } catch {}
}
