import { releaseOf, runGuest, type Scenario, whyNoGuest } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { nextFiles } from './next-kernel.ts';

type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

const MINUTES = 60_000;

/** An emulated CPU rehearses for minutes what a real one does in a second: left out here, it is tested on the host. */
const UNREHEARSED = '--rehearse no';

test('a panic while it is loaded starts the next kernel', { timeout: 16 * MINUTES }, async ({ skip }) => {
  const host: Host = { kernel: '6.12', firmware: 'dt', level: 'EL2' };
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
  const load = `kexeckit load --kernel /boot/Image --initrd /boot/initrd --append "console=ttyAMA0 guest_stage=2" ${UNREHEARSED}`;
  const { console, stages } = await runGuest({
    ...host,
    has: ['kexeckit'],
    cmdline: 'crashkernel=320M',
    stages: [[`${load} --no-capture-kernel`, 'echo c >/proc/sysrq-trigger']],
    entries: await nextFiles(host.kernel, ['uname -r']),
    deadlineMs: 15 * MINUTES,
  });
  const [first = [], second = []] = stages;
  expect(first[0]?.status, console.slice(-3000)).toBe(0);
  expect(second[0]?.output.trim(), console.slice(-3000)).toBe(releaseOf(host.kernel));
});
