import { runGuest, type Scenario, whyNoGuest } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { nextFiles, SAYS } from './next-kernel.ts';

type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

const MINUTES = 60_000;

const FILES =
  '--strategy mmu-on --kernel /boot/Image --initrd /boot/initrd --append "console=ttyAMA0 guest_stage=2 panic=-1"';
const UNREHEARSED = `${FILES} --rehearse no`;

/** Changes a byte in each MiB of what a process has locked. */
const TAMPER = String.raw`
const fs = require('fs');
const pid = JSON.parse(fs.readFileSync('/run/kexeckit/holder.json', 'utf8')).pid;
const memory = fs.openSync('/proc/' + pid + '/mem', 'r+');
for (const map of fs.readFileSync('/proc/' + pid + '/smaps', 'latin1').split(/\n(?=[0-9a-f]+-)/)) {
  if (!/^VmFlags:.* lo/m.test(map)) continue;
  const [start, end] = map.split(' ')[0].split('-').map((text) => parseInt(text, 16));
  for (let at = start; at < end; at += 1 << 20) fs.writeSync(memory, Buffer.of(0x5a), 0, 1, at + 77);
}
`;

const HOLDER_PID = `$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /run/kexeckit/holder.json)`;

test('a holder keeps the pages as they were proved, and nothing is loaded when it dies', {
  timeout: 16 * MINUTES,
}, async ({ skip }) => {
  const host: Host = { kernel: '5.10', firmware: 'dt', level: 'EL2' };
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
  const { console, stages } = await runGuest({
    ...host,
    has: ['kexeckit'],
    stages: [
      [
        `kexeckit load --no-checks ${UNREHEARSED}`,
        'node /tamper.js; kexeckit exec',
        'cat /sys/kernel/kexec_loaded; ls /run/kexeckit; ps | grep -c "[@]kexeckit"',
        // No strategy is named: this kernel relocates with the MMU off, and has no region.
        `kexeckit load --no-checks ${UNREHEARSED.replace('--strategy mmu-on', '')}`,
        'echo 1 >/proc/sys/vm/compact_memory; dd if=/dev/zero of=/tmp/large bs=1M count=900 2>/dev/null; rm /tmp/large',
        'kexeckit status',
        `kill -9 ${HOLDER_PID}; sleep 2; cat /sys/kernel/kexec_loaded; kexeckit status`,
        `NODE_OPTIONS='--require /nobody.cjs' kexeckit load ${UNREHEARSED}`,
        `echo integrity >/sys/kernel/security/lockdown; kexeckit load ${UNREHEARSED}`,
        'cat /sys/kernel/kexec_loaded',
      ],
    ],
    entries: [
      ...(await nextFiles(host.kernel, SAYS)),
      { kind: 'file', path: 'tamper.js', content: TAMPER },
      { kind: 'file', path: 'nobody.cjs', content: 'process.setgid(65534); process.setuid(65534);' },
    ],
    deadlineMs: 15 * MINUTES,
  });
  const [steps = []] = stages;
  const said = (at: number): string => `${steps[at]?.status} ${steps[at]?.output}`;
  expect(said(0), console.slice(-5000)).toMatch(/^0 .*loaded: kexeckit exec reboots into it/s);
  expect(said(1), console.slice(-3000)).toMatch(/^1 .*ESTALE: .*pages of the image have changed/s);
  // The lock is a file that stays.
  expect(said(2)).toMatch(/^1 0\nlock\n0\n/);
  expect(said(3), console.slice(-3000)).toMatch(/^0 /);
  // Memory was compacted and filled.
  expect(said(5)).toMatch(/^0 for a reboot {3}loaded\n.*held by {8}process \d+, for mmu-on; its pages are whole/s);
  expect(said(6)).toMatch(/^1 0\nfor a reboot {3}nothing is loaded/);
  expect(said(7)).toMatch(/^1 .*EPERM.*(CAP_SYS_BOOT|root)/s);
  expect(said(8)).toMatch(/^1 .*EPERM: .*lock/s);
  expect(said(9)).toBe('0 0\n');
});
