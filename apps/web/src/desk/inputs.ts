import { boardMap } from './boards.ts';
import { type DeskItems, type DeskText, firstSubject, type Subject } from './subject.ts';
import type { Wishes } from './wishes.ts';

/** What a reboot is made of: plain data, wishes that could be read, files as they lie on the desk. */
export interface RebootInputs {
  readonly wishes: Wishes;
  /** `/proc/iomem`; undefined for the Stingray, whose times are published. */
  readonly map?: DeskText | undefined;
  readonly files: Pick<Partial<DeskItems>, 'kernel' | 'initrd' | 'dtb' | 'profile'>;
}

/** What a subject's reboot is made of. */
export async function inputsOf(subject: Subject, wishes: Wishes): Promise<RebootInputs> {
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
