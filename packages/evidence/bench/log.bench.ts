import { readFileSync } from 'node:fs';
import type { Benchmark } from '@kexeckit/bench';
import { reportLog } from '@kexeckit/evidence';

const reboot = readFileSync(new URL('../../fixtures/debian-6.1-kexec-tools.txt', import.meta.url), 'latin1');
const LINES = reboot.split('\n').length;

/** What a script would do: only the lines that begin and end phases, and their times. */
function grep(text: string): number {
  const wanted =
    /\[ *(\d+\.\d+)\] (?:.*Starting new kernel|Bye!|Booting Linux on physical CPU|Run \S+ as init process)/g;
  return [...text.matchAll(wanted)].length;
}

/** The cost of a line of a log, with one reboot in it, ten and a hundred: it should stay the same. */
export const benchmarks: Benchmark[] = [1, 10, 100].map((reboots) => {
  const text = reboot.repeat(reboots);
  return {
    name: `report a line, of a log with ${reboots} reboot${reboots === 1 ? '' : 's'}`,
    setup: () => () => {
      if (reportLog(text).passages.length < reboots) throw new Error('a reboot was not seen');
    },
    operations: LINES * reboots,
    reference: {
      name: 'one regular expression',
      setup: () => () => {
        if (grep(text) < reboots) throw new Error('a reboot was not seen');
      },
    },
  };
});
