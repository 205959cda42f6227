import { expect, test } from 'vitest';
import { imageOf, type Scenario, stepsOf, whyNoGuest, withScenario } from '../src/index.ts';

const DEADLINE_MS = 600_000;
const scenario = {
  kernel: '6.1',
  firmware: 'dt',
  level: 'EL1',
  has: ['kexec-tools'],
} as const satisfies Partial<Scenario>;

const next = [
  'pack_root /run/initramfs',
  'kexec -c -i -l /boot/Image --initrd=/run/initramfs --command-line="console=ttyAMA0 guest_stage=2"',
  'dmesg -n 8; kexec -e',
];

// Debian's own program, which checks nothing here: what is shown is that a root outlives its kernel.
test('a guest reboots into its own root', { timeout: DEADLINE_MS + 10_000 }, async ({ skip, signal }) => {
  const reason = whyNoGuest(scenario);
  if (reason !== undefined) skip(reason);
  const stages = [next, ['nproc; cat /proc/cmdline; ls -l /boot/Image']];
  const entries = [{ kind: 'copy', path: 'boot/Image', from: imageOf(scenario.kernel) } as const];
  await withScenario({ ...scenario, stages, entries, deadlineMs: DEADLINE_MS, signal }, async (guest) => {
    const bye = await guest.waitFor(/Bye!/);
    const boot = await guest.waitFor(/Booting Linux/);
    expect(boot.at).toBeGreaterThanOrEqual(bye.at);
    const [before, after] = stepsOf(await guest.off());
    expect(before?.map(({ status }) => status)).toEqual([0, 0, undefined]);
    expect(after).toEqual([
      { status: 0, output: expect.stringMatching(/^2\nconsole=ttyAMA0 guest_stage=2\n.*Image\n$/) },
    ]);
  });
});
