import { describe, test } from 'vitest';
import { machineContract } from '../testing/contract.ts';
import { LendingMachine } from '../testing/lending-machine.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';

const request = {
  ...generateWorkload(200_000, 100_000, 3),
  cmdline: 'console=ttyS0',
  strategy: 'mmu-on',
  seed: 1,
} as const;

const machines = {
  'the simulated machine': () => new SimulatedMachine(),
  'one that lends its pages': () => new LendingMachine(new SimulatedMachine()),
};

describe.each(Object.entries(machines))('%s', (_, make) => {
  test.each(machineContract)('$name', async ({ check }) => {
    await check({ machine: make(), request });
  });
});
