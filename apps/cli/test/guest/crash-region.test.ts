import { releaseOf, runGuest, type Scenario, whyNoGuest } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { nextFiles } from './next-kernel.ts';

type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

const MINUTES = 60_000;

/** An emulated CPU rehearses for minutes what a real one does in a second: left out here, it is tested on the host. */
const UNREHEARSED = '--rehearse no';

test('load, unload and exec, and what each refuses', { timeout: 16 * MINUTES }, async ({ skip }) => {
  const host: Host = { kernel: '6.1', firmware: 'dt', level: 'EL1' };
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
  const load = (kernel: string, options: string): string =>
    `kexeckit load --kernel ${kernel} --initrd /boot/initrd --append "console=ttyAMA0 guest_stage=2" ${UNREHEARSED} ${options}`;
  const { console, stages } = await runGuest({
    ...host,
    has: ['kexeckit'],
    cmdline: 'crashkernel=256M',
    stages: [
      [
        'kexeckit status',
        'kexeckit exec',
        load('/boot/Image', ''),
        load('/boot/initrd', '--no-capture-kernel'),
        load('/boot/Image', '--no-capture-kernel'),
        'kexeckit status',
        load('/boot/Image', '--no-capture-kernel'),
        'kexeckit unload',
        'cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded',
        load('/boot/Image', '--no-capture-kernel'),
        'kexeckit exec',
      ],
    ],
    entries: await nextFiles(host.kernel, ['uname -r']),
    deadlineMs: 15 * MINUTES,
  });
  const [steps = [], second = []] = stages;
  const said = (at: number): string => `${steps[at]?.status} ${steps[at]?.output}`;
  expect(said(0), console.slice(-3000)).toMatch(
    /^1 for a reboot {3}nothing is loaded\nfor a panic {4}nothing is loaded, 256/,
  );
  expect(said(1)).toMatch(/^1 .*ENOENT: no image is loaded; load one first/s);
  expect(said(2)).toMatch(/^1 .*say that none is kept: --no-capture-kernel/s);
  expect(said(3)).toMatch(/^1 .*kexeckit: failed/s);
  expect(said(4)).toMatch(/^0 .*loaded: kexeckit exec reboots into it/s);
  expect(said(5)).toMatch(/^0 for a reboot {3}loaded\nfor a panic {4}loaded/);
  expect(said(6)).toMatch(/^1 .*EBUSY: an image is loaded already/s);
  expect(said(7)).toMatch(/^0 for a reboot {3}nothing is loaded/);
  expect(said(8)).toBe('0 0\n0\n');
  expect(steps[10]?.status, 'exec does not return').toBeUndefined();
  expect(second[0]?.output.trim(), console.slice(-3000)).toBe(releaseOf(host.kernel));
});
