import { generateWorkload } from '@kexeckit/reboot';
import { machineContract } from '@kexeckit/reboot/testing';
import { describe, expect, test, vi } from 'vitest';
import { withCrashRegion } from '../testing/hosts.ts';
import { KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { LinuxMachine, type LinuxMachineOptions } from './machine.ts';

// Nobody sees the last call return: here it does at once.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));

const capture = generateWorkload(100_000, 50_000, 4);
const withCapture: LinuxMachineOptions = {
  capture,
  kdump: {
    capture: async () => undefined,
    service: async () => undefined,
    core: async () => ({ notes: [], loads: [] }),
  },
};

async function subject(strategy: 'crash-region' | 'mmu-on', options: LinuxMachineOptions) {
  const host = await hostWith(withCrashRegion);
  const kernel = new KexecModel(host);
  const machine = new LinuxMachine({
    kernel,
    read: kernel.read,
    leaveMark: () => {},
    services: 'none',
    ...options,
  });
  const request = { ...generateWorkload(100_000, 50_000, 3), cmdline: 'quiet', strategy, seed: 1 } as const;
  return { kernel, machine, request };
}

describe.each([
  ['crash-region', 'nothing', { withoutCaptureKernel: true }],
  ['crash-region', 'a capture kernel', withCapture],
  ['mmu-on', 'what was there', {}],
] as const)('a host that is rebooted by %s, while %s is kept for a panic', (strategy, _, options) => {
  test.each(machineContract)('$name', async ({ check }) => {
    const { kernel, machine, request } = await subject(strategy, options);
    await check({ machine, request });
    if (!kernel.rebooted) expect([kernel.next, kernel.crash, kernel.mappedBytes]).toEqual([undefined, undefined, 0]);
  });
});
