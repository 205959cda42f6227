import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readingOf } from '../crashkernel.ts';
import { type KernelVersion, parseCrashkernel } from '../index.ts';
import { LARGEST, SMALLEST, turnsOf } from './turns.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 2000 });

const number = fc.constantFrom(
  '0',
  '1',
  '256M',
  '255M',
  '0x10000000',
  '1G',
  '1000M',
  '4G',
  '64G',
  '5T',
  '020G',
  '16E',
  'x',
  '',
);
const clause = fc.tuple(
  number,
  fc.constantFrom('-', '-', '-', '', ':'),
  number,
  fc.constantFrom(':', ':', ':', ''),
  number,
);
const value = fc.oneof(
  fc.tuple(number, fc.constantFrom('', ',high', ',low', ',cma', '@1G', 'B', '"')).map((parts) => parts.join('')),
  fc
    .tuple(
      fc.array(
        clause.map((parts) => parts.join('')),
        { minLength: 1, maxLength: 4 },
      ),
      fc.constantFrom('', '@16M', '@', ',', ',high'),
    )
    .map(([clauses, end]) => clauses.join(',') + end),
);
const line = fc
  .array(value, { minLength: 1, maxLength: 3 })
  .map((values) => values.map((one) => `crashkernel=${one}`).join(' '));
const kernel = fc.constantFrom<KernelVersion[]>('5.10', '6.1', '6.12', '7.1', '7.3');
const ram = fc.oneof(
  fc.bigInt({ min: SMALLEST, max: LARGEST }),
  fc
    .tuple(
      fc.constantFrom(256n, 255n, 1000n, 1024n, 4096n, 16384n, 65536n, 5n << 20n),
      fc.constantFrom(0n, 1n, -1n, 1n - (128n << 20n), -(128n << 20n)),
    )
    .map(([mib, off]) => (mib << 20n) + off),
);

test('between two turns Linux makes the same of a line', () => {
  fc.assert(
    fc.property(line, kernel, ram, (text, version, machine) => {
      if (machine < SMALLEST) return;
      const turns = turnsOf(text, { ...readingOf({ kernel: version }), ram: machine, max: 2047 });
      const turn = [SMALLEST, ...turns]
        .filter((each) => each <= machine)
        .reduce((most, each) => (each > most ? each : most));
      const { log: _, ...verdict } = parseCrashkernel(text, machine, { kernel: version });
      const { log: __, ...there } = parseCrashkernel(text, turn, { kernel: version });
      expect(there).toEqual(verdict);
    }),
    // A size that is no multiple of what RAM is rounded up to.
    { examples: [['crashkernel=0-4G:1000M', '5.10', 900n << 20n]] },
  );
});
