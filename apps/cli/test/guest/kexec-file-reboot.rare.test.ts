import { runGuest, whyNoGuest } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { cargoDigest, nextFiles } from './next-kernel.ts';

const MINUTES = 60_000;

test('an amd64 kernel loads files by itself and reboots into them in one step', { timeout: 16 * MINUTES }, async ({
  skip,
}) => {
  const scenario = { kernel: '6.1-amd64', has: ['kexeckit'] } as const;
  const why = whyNoGuest(scenario);
  if (why !== undefined) skip(why);
  const append = 'console=ttyS0 guest_stage=2 panic=-1';
  const { console, stages } = await runGuest({
    ...scenario,
    stages: [
      [
        `kexeckit reboot --machine linux --strategy kernel --kernel /boot/Image --initrd /boot/initrd --append "${append}"`,
      ],
    ],
    entries: await nextFiles('6.1-amd64', ['cat /proc/cmdline', 'sha256sum /cargo']),
    deadlineMs: 15 * MINUTES,
  });
  const [steps = [], second = []] = stages;
  expect(steps[0]?.status, `reboot does not return: ${steps[0]?.output}`).toBeUndefined();
  expect(
    second.map(({ output }) => output.trim()),
    console.slice(-3000),
  ).toEqual([append, cargoDigest]);
});
