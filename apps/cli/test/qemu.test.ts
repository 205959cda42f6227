import { debianFiles, whyNoDebianKernel } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { kexeckit, kexeckitReading } from './kexeckit.ts';

const missing = whyNoDebianKernel();
const qemu = ['reboot', '--machine', 'qemu', '--kernel', debianFiles.kernel, '--initrd', debianFiles.initrd];
const toShell = ['--append', 'console=ttyAMA0 rdinit=/bin/sh'];

describe('on QEMU', { timeout: 300_000 }, () => {
  test("boots Debian's kernel to the mark, streams its console, leaves the machine to who sits there, and prints the timeline", async ({
    skip,
  }) => {
    if (missing !== undefined) skip(missing);
    const small = ['--memory', '1G', '--cpus', '1', '--el', '2'];
    const typed = 'echo kept-$((6*7))\nreboot -f\n';
    const { code, out, err } = await kexeckitReading(typed, ...qemu, ...toShell, ...small, '--keep');
    expect(code).toBe(0);
    expect(err).toContain('| [    0.000000] Booting Linux on physical CPU');
    expect(out).toMatch(/qemu machine, 1\.0 GiB of RAM, 1 CPUs, EL2/);
    expect(out).toMatch(/mmu-on +70\.\d MiB +\d+ +- +\d+\.\d{3} +included +\d+\.\d{3} +\d+\.\d{3} s/);
    expect(out).toContain('new kernel: Linux version 6.1');
    expect(out).toMatch(/reached: .*Run \/bin\/sh as init process/);
    expect(err).toMatch(/the machine goes on, and this is its console/);
    expect(err).toMatch(/^kept-42/m);
    expect(err).toContain('reboot: Restarting system');
    expect(out).toContain('checksum: compared by the routine while it relocates');
  });

  test('a kernel that hangs: exit code 1, the phase, the last lines', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { code, err } = await kexeckit(...qemu, ...toShell, '--expect', 'never printed', '--timeout', '45');
    expect(code).toBe(1);
    expect(err).toMatch(
      /while starting \(phase startup\)\s+ETIMEDOUT: the new kernel did not print \/never printed\/ within 45 s/,
    );
    expect(err).toContain('last lines of the console:');
  });
});
