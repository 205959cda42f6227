import { releaseOf, runGuest, whyNoGuest } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { cargoDigest, nextFiles } from './next-kernel.ts';

const MINUTES = 60_000;

// A kernel of another architecture, which plans by itself: what our command does there, and what it refuses.
test('an amd64 kernel loads files by itself', { timeout: 16 * MINUTES }, async ({ skip }) => {
  const scenario = { kernel: '6.1-amd64', has: ['kexeckit'] } as const;
  const why = whyNoGuest(scenario);
  if (why !== undefined) skip(why);
  const load = (kernel: string, options = ''): string =>
    `kexeckit load --strategy kernel --kernel ${kernel} --initrd /boot/initrd --append "console=ttyS0 guest_stage=2 panic=-1" ${options}`;
  const { console, stages } = await runGuest({
    ...scenario,
    stages: [
      [
        load('/boot/Image'),
        'kexeckit status',
        load('/boot/Image'),
        'kexeckit unload',
        load('/boot/initrd'),
        load('/boot/Image', '--no-cma --kexec-file'),
        load('/boot/Image', '--breadcrumbs'),
        // In the place of kexec-tools, whose default it is to try files first.
        `kexeckit kexec -dl /boot/Image --initrd=/boot/initrd --app='console=ttyS0 guest_stage=2 panic=-1'`,
        'kexeckit kexec -e',
      ],
    ],
    entries: await nextFiles('6.1-amd64', ['uname -rm', 'nproc', 'cat /proc/cmdline', 'sha256sum /cargo']),
    deadlineMs: 15 * MINUTES,
  });
  const [steps = [], second = []] = stages;
  const said = (at: number): string => `${steps[at]?.status} ${steps[at]?.output}`;
  expect(said(0), console.slice(-5000)).toMatch(
    /^0 .*kexec_file_load: plans are for arm64, and this is x86_64.*no proof/s,
  );
  expect(said(1)).toMatch(/^0 for a reboot {3}loaded/);
  expect(said(2)).toMatch(/^1 .*EBUSY: an image is loaded already/s);
  expect(said(3)).toMatch(/^0 for a reboot {3}nothing is loaded/);
  expect(said(4)).toMatch(/^1 .*ENOEXEC: .*initrd is a file packed by gzip, and this kernel takes an x86 bzImage/s);
  expect(said(5)).toMatch(/^1 .*EINVAL: --no-cma is for Linux 6\.17 and later/s);
  expect(said(6)).toMatch(/^2 .*--breadcrumbs has no meaning/s);
  expect(said(7)).toMatch(/^0 kexec_file_load: cmdline_len = 37 flags = 0x0$/m);
  expect(steps[8]?.status, 'exec does not return').toBeUndefined();
  expect(
    second.map(({ output }) => output.trim()),
    console.slice(-3000),
  ).toEqual([`${releaseOf('6.1-amd64')} x86_64`, '2', 'console=ttyS0 guest_stage=2 panic=-1', cargoDigest]);
});
