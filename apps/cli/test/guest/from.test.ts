import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeProgram, makeRoot, namesOf, nodesIn, rootFilesIn } from '@kexeckit/distribution';
import { folderOf, guestRoot, imageOf, initramfs, MARK, releaseOf, whyMissing, whyNoGuest } from '@kexeckit/guests';
import { whyNoProgram } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { kexeckit, kexeckitReading, testFolder } from '../kexeckit.ts';

const MINUTES = 60_000;
const folder = testFolder();

const objcopy = process.arch === 'arm64' ? 'objcopy' : `${namesOf.arm64.gnu}-objcopy`;

/** The root that people get, in the folder of this file's tests. */
function bundledRoot(): string {
  const files = join(folderOf('node'), '..');
  process.env.SOURCE_DATE_EPOCH = '1790000000';
  return makeRoot(makeProgram(folder, 'arm64', nodesIn(files)), rootFilesIn(files), nodesIn(files));
}

test('an old kernel reboots through its crash region into another, which stays until it is switched off', {
  timeout: 16 * MINUTES,
}, async ({ skip }) => {
  const why =
    whyNoGuest({ kernel: '6.1' }) ??
    whyMissing(['linux-6.12', 'node', 'node-amd64', 'node-licence', 'root']) ??
    whyNoProgram(objcopy);
  if (why !== undefined) skip(why);
  const initrd = join(folder, 'initrd');
  writeFileSync(initrd, initramfs(guestRoot([], [['uname -r', 'sleep 15', 'cat /proc/cmdline']])));
  const { code, out, err } = await kexeckitReading(
    '',
    ...['reboot', '--machine', 'qemu', '--strategy', 'crash-region', '--timeout', String(15 * 60)],
    ...['--from', imageOf('6.1'), '--from-root', bundledRoot(), '--from-append', 'crashkernel=320M'],
    ...['--kernel', imageOf('6.12'), '--initrd', initrd, '--append', "console=ttyAMA0 panic=-1 it's=there"],
    ...['--expect', `${MARK} begin 0`, '--keep'],
  );
  expect(code, err.slice(-4000)).toBe(0);
  expect(out).toContain(`Linux ${releaseOf('6.1')} rebooted by its own means, strategy crash-region`);
  expect(out).toMatch(/^ {2}1 -> 2 {2}kexec +\d+\.\d+ +<= \d+\.\d+ +- +>= \d+\.\d+ /m);
  expect(out).toContain(`new kernel: Linux version ${releaseOf('6.12')}`);
  expect(out).toContain(`reached: ${MARK} begin 0`);
  expect(err).toMatch(/^\| \[ +\d+\.\d+\] Bye!$/m);
  // The rest of the console is the terminal's own; the new kernel waits until it is.
  expect(err).toMatch(/this is its console.*^console=ttyAMA0 panic=-1 it's=there.*reboot: Power down/ms);
});

test('a root without the command is seen from its console', { timeout: 16 * MINUTES }, async ({ skip }) => {
  const why = whyNoGuest({ kernel: '6.1' });
  if (why !== undefined) skip(why);
  const root = join(folder, 'busybox-alone');
  writeFileSync(root, initramfs(guestRoot([], [[]])));
  const { code, out, err } = await kexeckit(
    ...['reboot', '--machine', 'qemu', '--timeout', String(5 * 60)],
    ...['--from', imageOf('6.1'), '--from-root', root, '--kernel', imageOf('6.1')],
  );
  expect(err).toMatch(/ENOENT: the root of --from-root has no kexeckit; /);
  expect([code, out]).toEqual([1, '']);
});
