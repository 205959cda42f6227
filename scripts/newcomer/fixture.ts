import { expect } from 'vitest';
import type { Demonstration } from './demonstration.ts';

/** Boots of one more machine: one of those that are there, under another name. */
export const fixture: Demonstration = {
  row: 'fixture from a real machine',
  add: (copy) => {
    const [line = '{}'] = copy.read('packages/ioport/fixtures/linux-6.1-boots.jsonl').split('\n');
    const boot = { ...JSON.parse(line), name: 'a boot in the newcomer’s cellar' };
    copy.write('packages/ioport/fixtures/cellar-boots.jsonl', `${JSON.stringify(boot)}\n`);
  },
  sees: {
    'the tests of the package read it': (copy) => {
      const args = ['run', '--reporter=verbose', 'src/boots.test.ts'];
      const { status, output } = copy.runIn('packages/ioport', 'vitest', ...args);
      expect(output).toMatch(/✓.*cellar-boots\.jsonl > a boot in the newcomer’s cellar/);
      expect(status).toBe(0);
    },
  },
};
