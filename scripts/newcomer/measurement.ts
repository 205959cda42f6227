import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const ROW = `  boardOfANewcomer: {
    source: 'a letter',
    machine: 'a board, Cortex-A53',
    megabytes: 12,
    mmu: 'on',
    seconds: { relocation: 0.5 },
  },
`;

/** The measurement of a board. */
export const measurement: Demonstration = {
  row: 'published measurement',
  add: (copy) => copy.edit('packages/cost/src/measurements.ts', before('  hetznerChecksum: {', ROW)),
  sees: {
    'it is among those that the package lists, and prices can be fitted to it': (copy) => {
      const printed = copy.evaluate(
        'packages/reboot',
        `import { fitPrices, linuxCounts, measurements } from '@kexeckit/cost';
        const { source, megabytes, mmu, seconds } = measurements.boardOfANewcomer;
        const known = { perRelocation: 0, perInstruction: 0, perTableWalk: 0 };
        const run = { source, counts: linuxCounts(megabytes, mmu), seconds: seconds.relocation };
        const { errors } = fitPrices([run], { known });
        console.log(Object.keys(measurements).includes('boardOfANewcomer'), errors[0].source);`,
      );
      expect(printed).toBe('true a letter');
    },
  },
};
