import { test } from 'vitest';
import { machineContract } from '../testing/contract.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';

const request = {
  ...generateWorkload(200_000, 100_000, 3),
  cmdline: 'console=ttyS0',
  strategy: 'mmu-on',
  seed: 1,
} as const;

test.each(machineContract)('$name', async ({ check }) => {
  await check({ machine: new SimulatedMachine(), request });
});
