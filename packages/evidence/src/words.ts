import type { Unknown } from './passage.ts';
import type { StopKind } from './stop.ts';

/** Why a time is not known, in words that follow a colon. */
export const unknownWords: Readonly<Record<Unknown, string>> = {
  'no-old-kernel': 'the evidence has no kernel before',
  'not-kexec': 'this boot was not reached by kexec, as far as the evidence says',
  'no-beginning': 'no line says when it began',
  'no-end': 'no line says when it ended',
  'no-clock': 'the lines have no times that can be compared',
  'clock-restarts': "the next kernel's clock begins anew; the log of a serial logger with times of its own would tell",
  'within-relocation': 'within relocation: nothing divides the two',
  'not-reached': 'it was not reached, as far as the log goes',
  'not-asked-for': 'it was not asked for',
  'no-sign': 'no line tells of it',
};

/** How a boot ended, in words that follow its name. */
export const stopWords: Readonly<Record<StopKind, string>> = {
  'handed-over': 'the next kernel came up',
  running: 'nothing is wrong where the log ends',
  starting: 'the log ends before user space',
  panic: 'the kernel panicked',
  oops: 'the kernel faulted',
  hung: 'it hung',
  silent: 'kexec was started, and then nothing more',
  strangers: 'kexec was started; behind it are only lines of no kernel: the next one may be up, and quiet',
  mismatch: 'a digest differs: what was to be started is not what was loaded',
  refused: 'the kernel refused to leave: not all CPUs can be taken down',
  firmware: 'kexec was started, and firmware came up instead',
  restarted: 'restarted or switched off in the ordinary way',
  'cut-off': 'another boot follows, or the same one is shown again; nothing says why',
};
