import { commitReboot, generateWorkload, stageReboot } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { kdumpAt } from '../capture/kdump.ts';
import { withCrashRegion } from '../testing/hosts.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { hostWith, plant } from '../testing/tree.ts';
import { hostNow } from './host-now.ts';
import { LinuxMachine } from './machine.ts';

const request = { ...generateWorkload(300_000, 100_000, 3), cmdline: 'quiet', seed: 1 };

async function machineWith(failures: readonly Failure[]) {
  const kernel = new KexecModel(await hostWith(withCrashRegion), failures);
  const kdump = kdumpAt(await plant({ '/etc/': '' }), async () => 1);
  const machine = new LinuxMachine({
    ...{ kernel, read: kernel.read, leaveMark: () => {}, kdump, services: 'none', withoutCaptureKernel: true },
  });
  const stage = async (strategy: 'kernel' | 'crash-region' | 'mmu-on') =>
    await stageReboot(machine, { ...request, strategy }, { rehearse: false });
  return { kernel, machine, stage };
}

const REFUSED: Failure[] = [
  { call: 'kexec_load', time: 2, errno: 'EPERM' },
  { call: 'kexec_file_load', time: 1, errno: 'EPERM' },
];

describe('a refusal is explained by what the host is then, and not by what it was before', () => {
  test.each<[what: string, path: string, text: string, message: RegExp]>([
    ['switched off', '/proc/sys/kernel/kexec_load_disabled', '1\n', /switched off .*kexec_load_disabled: 1\)/],
    ['locked down', '/sys/kernel/security/lockdown', 'none [integrity] confidentiality\n', /is locked down/],
    ['used up', '/proc/sys/kernel/kexec_load_limit_reboot', '0\n', /kexec_load_limit_reboot is 0/],
    ['filtered', '/proc/self/status', 'CapEff:\t000001ffffffffff\nSeccomp:\t2\n', /a filter keeps .*Seccomp:\t2/],
  ])('%s since the load', async (_, path, text, message) => {
    for (const strategy of ['kernel', 'mmu-on'] as const) {
      const { kernel, stage } = await machineWith(REFUSED);
      const { staged } = await stage(strategy);
      kernel.texts.set(path, text);
      await expect(staged.discard()).rejects.toMatchObject({ code: 'EPERM', message: expect.stringMatching(message) });
    }
  });

  test('a crash region that was given back between the look and the load', async () => {
    const { kernel, stage } = await machineWith([{ call: 'kexec_load', time: 1, errno: 'EADDRNOTAVAIL' }]);
    kernel.texts.set('/sys/kernel/kexec_crash_size', '0\n');
    await expect(stage('crash-region')).rejects.toMatchObject({ message: expect.stringMatching(/no crash region/) });
  });

  test('an image that was unloaded behind the last look', async () => {
    const { kernel, machine, stage } = await machineWith([{ call: 'reboot', time: 1, errno: 'EINVAL' }]);
    const held = await stage('kernel');
    kernel.texts.set('/sys/kernel/kexec_loaded', '0\n');
    await expect(commitReboot(machine, held)).rejects.toMatchObject({
      message: expect.stringMatching(/no image is loaded any more/),
    });
  });
});

test('what cannot be read again, or means nothing, stays as it was', async () => {
  const host = await hostWith();
  const kernel = new KexecModel(host);
  for (const path of ['/proc/meminfo', '/sys/kernel/security/lockdown', '/proc/self/status'])
    kernel.texts.set(path, '');
  expect(hostNow({ host, kernel })).toMatchObject({
    ...{ lockdown: 'none', memAvailable: host.memAvailable, capabilities: host.capabilities, kexecLoadDisabled: false },
    said: { lockdown: host.said.lockdown },
  });
});
