import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const RULE = "  { kind: 'stalled', heads: 't', pattern: /^(the newcomer's watchdog barks)/ },\n";

/** A watchdog that nobody knew. */
export const logLine: Demonstration = {
  row: 'line of a log that means something',
  add: (copy) => copy.edit('packages/evidence/src/events.ts', before("  { kind: 'restart',", RULE)),
  sees: {
    'a log that ends with it says where the reboot hung': (copy) => {
      const printed = copy.evaluate(
        'packages/evidence',
        `import { reportLog } from '@kexeckit/evidence';
        const log = "[ 1.000000] kexec_core: Starting new kernel\\n[ 9.000000] the newcomer's watchdog barks";
        const [{ kind, phase, reason }] = reportLog(log).stops;
        console.log(kind, phase, reason.number);`,
      );
      expect(printed).toBe('hung shutdown 2');
    },
  },
};
