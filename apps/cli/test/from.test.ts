import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpio } from '@kexeckit/cpio';
import { generateWorkload } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckitHere, main, type Outcome, testFolder } from './kexeckit.ts';

const folder = testFolder();
const at = (name: string): string => join(folder, name);

const { kernel } = generateWorkload(300_000, 100_000, 1);
const root = cpio([{ kind: 'file', path: 'bin/busybox', content: 'busybox', mode: 0o755 }]);
for (const [name, bytes] of Object.entries({ Image: kernel, root, initrd: cpio([]) })) writeFileSync(at(name), bytes);

const FROM = ['reboot', '--machine', 'qemu', '--from', at('Image'), '--kernel', at('Image'), '--initrd', at('initrd')];
const WHOLE = [...FROM, '--from-root', at('root')];

/** Runs the command with a script in the place of QEMU, which prints what a console would show. */
async function onConsole(lines: string, ...more: string[]): Promise<Outcome> {
  const qemu = at('qemu');
  writeFileSync(
    qemu,
    `#!/bin/sh
printf '%s\\n' "$@" >${at('arguments')}
cat /dev/fd/7 >${at('handed')}
cat <<'END'
${lines}
END
sleep 100
`,
    { mode: 0o755 },
  );
  return await kexeckitHere([...WHOLE, '--qemu', qemu, ...more]);
}

const UP = `[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]
[    0.000000] Linux version 6.1.0-50-cloud-arm64 (debian)
[    1.000000] Run /kexeckit-from/init as init process
kexeckit-from: up 6.1.0-50-cloud-arm64 .`;
const LEFT = `[   60.500000] kexeckit-mark 1 realtime=1790000000.123456 boottime=60.500000 monotonic=60.500000 boot=1-2 strategy=mmu-on checks=yes
[   60.563604] kexec_core: Starting new kernel
[   60.658130] Bye!`;
const NEXT = `[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]
[    0.000000] Linux version 6.12.117 (debian)
[    2.000000] Run /init as init process`;

describe('a reboot from an old kernel', () => {
  test('is watched up to the next kernel, and told from its console', async () => {
    const { code, out, err } = await onConsole(`${UP}\n${LEFT}\n${NEXT}`, '--from-append', 'crashkernel=1M a=b');
    expect(code, err).toBe(0);
    expect(err).toContain('| kexeckit-from: up 6.1.0-50-cloud-arm64 .\n');
    expect(out).toMatch(/^kexeckit {2}qemu machine, 2\.0 GiB of RAM, 2 CPUs, EL1$/m);
    expect(out).toMatch(/^ +Linux 6\.1\.0-50-cloud-arm64 rebooted by its own means, strategy mmu-on$/m);
    expect(out).toMatch(/^ {2}1 -> 2 {2}kexec +0\.158 /m);
    expect(out).toMatch(/^ {2}new kernel: Linux version 6\.12\.117$/m);
    expect(out).toMatch(/^ {2}reached: .*Run \/init as init process$/m);
    expect(readFileSync(at('arguments'), 'utf8')).toMatch(
      /^-append\nconsole=ttyAMA0 panic=-1 rdinit=\/kexeckit-from\/init crashkernel=1M a=b$/m,
    );
  });

  test('hands the next kernel to the old one, with the command line that it runs, before the root', async () => {
    await onConsole(`${UP}\n${LEFT}\n${NEXT}`, '--strategy', 'mmu-on', '--append', "console=ttyAMA0 b='c d'");
    const handed = readFileSync(at('handed'));
    expect(handed.indexOf(kernel)).toBeGreaterThan(0);
    expect(handed.subarray(-root.length).equals(root)).toBe(true);
    const script = handed.toString('latin1');
    expect(script).toContain(String.raw`'--append=console=ttyAMA0 b='\''c d'\''' '--strategy=mmu-on'`);
    expect(script.indexOf('kexeckit-from/init')).toBeLessThan(script.indexOf('kexeckit-from/kernel'));
  });

  test('as JSON', async () => {
    const { out } = await onConsole(`${UP}\n${LEFT}\n${NEXT}`, '--json');
    expect(JSON.parse(out)).toMatchObject({
      reboots: [
        {
          kind: 'watched',
          machine: 'qemu',
          memory: '0x80000000',
          oldKernel: '6.1.0-50-cloud-arm64',
          strategy: 'mmu-on',
          nextKernel: { version: 'Linux version 6.12.117' },
          report: { passages: [{ to: 1 }, { from: 1, to: 2 }] },
        },
      ],
      totals: { reboots: 1, arrived: 1, seconds: null },
    });
  });

  test('ends at the mark that is asked for, which counts behind the old kernel alone', async () => {
    const { code, out } = await onConsole(`login: \n${UP}\nlogin: \n${LEFT}\nnext login: `, '--expect', 'login: ');
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}new kernel: did not print its version\n {2}reached: next login:/m);
    expect(out).toMatch(/^ {2}1 -> \? {2}/m);
  });
});

describe('an old kernel that does not get there', () => {
  const ERROR =
    '{\n  "error": {\n    "code": "EPERM",\n    "message": "kexec is off",\n    "hint": "turn it on",\n    "phase": "stage"\n  }\n}';

  test.each<[why: string, lines: string, says: RegExp]>([
    [
      'has a root without busybox',
      '[ 1.0] Failed to execute /kexeckit-from/init (error -2)',
      /ENOENT: .* no\s+\/bin\/busybox/,
    ],
    [
      'has no room for its root',
      `[ 0.5] Initramfs unpacking failed: write error\n${UP}`,
      /EIO: the old kernel did not unpack its whole root: write error; .*--memory/,
    ],
    [
      'has a root without the command',
      `${UP}\nkexeckit-from: lacks kexeckit .`,
      /ENOENT: .*--from-root has no kexeckit; give/,
    ],
    [
      'is refused by the command',
      `${UP}\nkexeckit-from: report\n${ERROR}\nkexeckit-from: ended 1 .`,
      /phase stage\)\s+EIO: the old kernel did not reboot: EPERM: kexec is off; turn it on/,
    ],
    [
      'runs a command that fails',
      `${UP}\nkexeckit-from: report\nkexeckit-from: ended 126 .`,
      /EIO: kexeckit ended with status 126 in the old kernel/,
    ],
    [
      'panics before',
      'Kernel panic - not syncing: no init',
      /EIO: the old kernel panicked: .*; see the console.*--from-append/,
    ],
    ['panics when it leaves', `${UP}\nKernel panic - not syncing: at last`, /EIO: the old kernel panicked: .*at last/],
    [
      'starts one that panics',
      `${UP}\n${LEFT}\nKernel panic - not syncing: at last`,
      /phase startup\)\s+EIO: the new kernel panicked/,
    ],
  ])('because it %s', async (_, lines, says) => {
    const { code, out, err } = await onConsole(lines);
    expect(err.replaceAll(/\n {2}(?=\S)/g, ' ')).toMatch(says);
    expect([code, out]).toEqual([1, '']);
  });

  test('in time: which of both, and whether it is slow', { timeout: 60_000 }, async () => {
    const within = ['--timeout', '1'];
    expect((await onConsole('a line', ...within)).err).toMatch(/ETIMEDOUT: the old kernel did not come up within 1 s/);
    expect((await onConsole(UP, ...within)).err).toMatch(/ETIMEDOUT: the old kernel did not leave within 1 s/);
    const { code, err } = await onConsole(`${UP}\n${LEFT}`, ...within);
    expect(err).toMatch(/ETIMEDOUT: the new kernel did not print \/Run .*\/ within 1 s.*--timeout/);
    expect(code).toBe(1);
    const silent = await onConsole(UP, '--timeout', '7');
    expect(silent.err).toMatch(/kexeckit works there without a word.*more time \(--timeout\)/);
  });
});

describe('refused before anything boots:', () => {
  test.each<[what: string, args: string[], says: RegExp]>([
    ['no root', FROM, /--from stands without --from-root; npm run bundle, .*kexeckit-root-arm64\.cpio\.gz/],
    [
      'a root alone',
      ['reboot', '--machine', 'qemu', '--kernel', main, '--from-root', main],
      /--from-root stands without --from;/,
    ],
    [
      'another machine',
      ['reboot', '--from', main, '--from-root', main],
      /--from has no meaning on the simulated machine; use it with --machine qemu/,
    ],
    [
      'this machine',
      ['reboot', '--machine', 'linux', '--kernel', main, '--from', main],
      /--from has no meaning on the linux machine/,
    ],
    ['a plan that nobody would have', [...WHOLE, '--save-plan', at('plan')], /--save-plan has no meaning with --from/],
    ['a soft restart', [...WHOLE, '--soft-restart'], /--soft-restart has no meaning with --from/],
    ['several in a row', [...WHOLE, '--generations', '2'], /--generations has no meaning on the qemu machine/],
    [
      'a kernel that is not there',
      [...WHOLE.slice(0, 3), '--from', at('none'), ...WHOLE.slice(5)],
      /cannot read --from .*none/,
    ],
    ['an init of their own', [...WHOLE, '--from-append', 'a "rdinit=/bin/sh"'], /--from-append with rdinit=; /],
    [
      'a line that no kernel keeps',
      [...WHOLE, '--from-append', 'é'.repeat(1000)],
      /has 20\d\d bytes.*kernels keep 2047/,
    ],
    ['what belongs to a load by files', [...WHOLE, '--no-cma'], /--no-cma stands without --kexec-file/],
  ])('%s', async (_, args, says) => {
    await expectRefused(args, says);
  });

  test.each<[what: string, option: string, says: RegExp]>([
    ['a file that is no kernel', '--from', /ENOEXEC: --from .*main\.js: no arm64 kernel: /],
    ['a root that is no initramfs', '--from-root', /EINVAL: --from-root .*main\.js: no initramfs: /],
    ['a next kernel that is none', '--kernel', /ENOEXEC: no arm64 kernel: /],
  ])('%s', async (_, option, says) => {
    const args = WHOLE.map((word, index) => (WHOLE[index - 1] === option ? main : word));
    const { code, err } = await kexeckitHere([...args, '--qemu', at('nothing')]);
    expect(err.replaceAll(/\n {2}(?=\S)/g, ' ')).toMatch(says);
    expect(code).toBe(1);
  });
});
