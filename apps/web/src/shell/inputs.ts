import { boardMap } from '../desk/boards.ts';
import { firstSubject, type Subject } from '../desk/subject.ts';
import type { Wishes } from '../desk/wishes.ts';
import type { RunInputs } from '../worker/protocol.ts';

/** What a subject's reboot is made of. */
export async function inputsOf(subject: Subject, wishes: Wishes): Promise<RunInputs> {
  const { map, kernel, initrd, dtb, profile } = subject.items;
  const files = {
    ...(kernel && { kernel }),
    ...(initrd && { initrd }),
    ...(dtb && { dtb }),
    ...(profile && { profile }),
  };
  if (map !== undefined) return { wishes, files, map };
  // The first board is the simulated machine itself, whose times are published.
  if (subject.board === firstSubject.board) return { wishes, files };
  return { wishes, files, map: { name: subject.board, text: await boardMap(subject.board) } };
}
