import { generateWorkload } from '@kexeckit/reboot';
import { machineContract } from '@kexeckit/reboot/testing';
import { whyNoQemu } from '@kexeckit/testing';
import { beforeEach, test } from 'vitest';
import { QemuMachine } from '../src/index.ts';

const request = {
  ...generateWorkload(200_000, 100_000, 3),
  cmdline: 'console=ttyAMA0',
  strategy: 'mmu-on',
  seed: 1,
} as const;

beforeEach(({ skip }) => {
  const reason = whyNoQemu();
  if (reason !== undefined) skip(reason);
});

test.each(machineContract)('$name', { timeout: 60_000 }, async ({ check }) => {
  const machine = new QemuMachine({
    memory: 256n << 20n,
    cpus: 1,
    exceptionLevel: 1,
    until: 'jump',
    timeoutMs: 20_000,
  });
  await check({ machine, request });
});
