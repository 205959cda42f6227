import { runGuest, type Scenario, whyNoGuest } from '@kexeckit/guests';
import { generateWorkload } from '@kexeckit/reboot';
import { expect, test } from 'vitest';

const MINUTES = 60_000;

test('a guest whose ITS would corrupt the next kernel is refused, live and from a bundle', {
  timeout: 16 * MINUTES,
}, async ({ skip, signal }) => {
  const host = {
    kernel: '6.1',
    firmware: 'dt',
    level: 'EL1',
    its: true,
    has: ['kexeckit'],
  } satisfies Partial<Scenario>;
  const why = whyNoGuest(host);
  if (why !== undefined) skip(why);
  const { kernel } = generateWorkload(300_000, 100_000, 1);
  const { console, stages } = await runGuest({
    ...host,
    cmdline: 'crashkernel=320M',
    stages: [
      [
        'kexeckit doctor --collect /run/host.tar >/run/live',
        'cat /run/live',
        'tar -tf /run/host.tar',
        'kexeckit doctor --from /run/host.tar >/run/bundle',
        'grep -v host.tar: /run/live | grep . >/run/told; grep . /run/bundle | cmp - /run/told',
        'kexeckit load --kernel /boot/Image --strategy crash-region --no-capture-kernel --rehearse no',
        'cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded',
        'kexeckit load --kernel /boot/Image',
      ],
    ],
    entries: [{ kind: 'file', path: 'boot/Image', content: kernel }],
    deadlineMs: 15 * MINUTES,
    signal,
  });
  const [steps = []] = stages;
  const said = (at: number): string => `${steps[at]?.status} ${steps[at]?.output}`;
  const its = 'the GIC has an ITS, and there is no UEFI to keep its tables reserved';
  expect(said(0), console.slice(-3000)).toMatch(/^1 .* in the way of kexec on this host/);
  expect(said(1)).toMatch(new RegExp(`x ${its}\n.*\n.*/its@8080000/compatible: arm,gic-v3-its\n`));
  expect(said(1)).toMatch(/^ {2}crash-region {2}no {7}the GIC has an ITS/m);
  expect(said(2)).toMatch(/^0 manifest\.json\n.*\nproc\/iomem\n/s);
  expect(said(3)).toMatch(/^1 /);
  expect(said(4), 'the bundle is judged as the host').toBe('0 ');
  expect(said(5)).toMatch(new RegExp(`^1 .*EPERM: ${its}`, 's'));
  expect(said(6)).toBe('0 0\n0\n');
  expect(said(7)).toMatch(/^1 .*offers no way into another kernel for certain: .*the GIC has an ITS/s);
});
