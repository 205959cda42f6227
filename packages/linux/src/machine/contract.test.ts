import { generateWorkload, minimalDeviceTree } from '@kexeckit/reboot';
import { machineContract } from '@kexeckit/reboot/testing';
import { expect, test, vi } from 'vitest';
import { KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { LinuxMachine } from './machine.ts';

// Nobody sees the last call return: here it does at once.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));

const RAM = { start: 0x4000_0000n, end: 0x7fff_ffffn };

async function subject() {
  const host = await hostWith({
    '/proc/iomem': '40000000-7fffffff : System RAM\n  70000000-77ffffff : Crash kernel\n',
    '/sys/kernel/kexec_crash_size': '134217728\n',
    '/sys/firmware/fdt': minimalDeviceTree([RAM], 4),
  });
  const kernel = new KexecModel(host);
  const machine = new LinuxMachine({
    kernel,
    read: kernel.read,
    leaveMark: () => {},
    services: 'none',
    withoutCaptureKernel: true,
  });
  const request = {
    ...generateWorkload(100_000, 50_000, 3),
    cmdline: 'quiet',
    strategy: 'crash-region',
    seed: 1,
  } as const;
  return { kernel, machine, request };
}

test.each(machineContract)('$name', async ({ check }) => {
  const { kernel, machine, request } = await subject();
  await check({ machine, request });
  if (!kernel.rebooted) expect([kernel.next, kernel.crash, kernel.mappedBytes]).toEqual([undefined, undefined, 0]);
});
