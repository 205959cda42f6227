import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();

const PASTED = [
  'root@pi:~# cat /proc/iomem',
  '40000000-ffffffff : System RAM   ',
  '  40210000-415fffff : Kernel code',
  '  41600000-41cfffff : Kernel data',
  '100000000-23fffffff : System RAM',
  '',
  'root@pi:~# ',
  '',
].join('\n');

const pasted = join(folder, 'pasted');
writeFileSync(pasted, PASTED);

describe('a memory map as people paste it', () => {
  const reboot = ['reboot', '--strategy', 'mmu-on', '--iomem', pasted];

  test('is refused with its line, and told how to read it', async () => {
    const { code, err, out } = await kexeckitHere(reboot);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^kexeckit: .*pasted: line 1: not "start-end : name": "root@pi:~# cat \/proc\/iomem"; .*--lenient/,
    );
  });

  test('is read with --lenient, and what was passed over is said apart from the result', async () => {
    const { code, err, out } = await kexeckitHere([...reboot, '--lenient', '--json']);
    expect(code).toBe(0);
    expect(() => JSON.parse(out)).not.toThrow();
    expect(err).toMatch(/kexeckit: .*pasted: line 1 and 1 more, "root@pi:~# cat \/proc\/iomem": passed over/);
    expect(err).toMatch(/line 6, "": passed over: nothing stands there/);
  });

  test('a map of the kernel is read in silence', async () => {
    const plain = join(folder, 'plain');
    writeFileSync(
      plain,
      '40000000-ffffffff : System RAM\n  40210000-415fffff : Kernel code\n  41600000-41cfffff : Kernel data\n',
    );
    const { code, err } = await kexeckitHere([
      'reboot',
      '--strategy',
      'mmu-on',
      '--iomem',
      plain,
      '--lenient',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(err).not.toMatch(/passed over/);
  });

  test.each([
    [['reboot', '--lenient'], /--lenient stands without --iomem/],
    [['reboot', '--machine', 'qemu', '--lenient'], /--lenient has no meaning on the qemu machine/],
  ])('%j', async (args, message) => {
    await expectRefused(args, message);
  });
});

describe('doctor', () => {
  const root = join(folder, 'root');
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  file('proc/iomem', PASTED);
  file('proc/cmdline', 'crashkernel=4G crashkernel=128M,low\n');
  file('proc/sys/kernel/arch', 'aarch64\n');
  file('proc/sys/kernel/osrelease', '6.1.0-50-arm64\n');
  file('proc/sys/kernel/kexec_load_disabled', '0\n');
  // No UEFI: the kernel stands where the boot loader puts it.
  file('sys/firmware/devicetree/base/model', 'a board\0');
  file('sys/kernel/kexec_loaded', '0\n');
  file('sys/kernel/kexec_crash_size', '0\n');
  file(
    'dev/kmsg',
    '5,0,0,-;Linux version 6.1.0-50-arm64 (x@y)\n4,1,0,-;cannot allocate crashkernel (size:0x100000000)\n',
  );
  const bundle = join(folder, 'host.tar');
  const findings = async (...args: string[]) => {
    const { out, err } = await kexeckitHere(['doctor', ...args, '--json']);
    const all: { id: string; what: string; why: string; todo: string }[] = JSON.parse(out).findings;
    return { err, of: (id: string) => all.find((finding) => finding.id === id) };
  };

  test('names the way to read the map', async () => {
    const { of } = await findings('--root', root);
    expect(of('memory-map')?.todo).toMatch(/--lenient/);
  });

  test.each([
    ['a folder', ['--root', root]],
    ['a bundle', ['--from', bundle]],
  ])('of %s judges crashkernel= by the map, the kernel’s version, and what the kernel said', async (_, from) => {
    await kexeckitHere(['doctor', '--root', root, '--collect', bundle]);
    const { err, of } = await findings(...from, '--lenient');
    expect(err).toMatch(/\/proc\/iomem: line 1 and 1 more/);
    expect(of('crashkernel')?.why).toMatch(/the kernel said "cannot allocate crashkernel \(size:0x100000000\)"/);
    expect(of('crashkernel')?.why).toMatch(/no 4096 MiB free in one piece below 0x100000000/);
    expect(of('crashkernel')?.todo).toMatch(
      /at most crashkernel=\d+M fits there; above it crashkernel=4096M,high does; or write crashkernel=4G,high crashkernel=128M,low/,
    );
  });

  test('says where a first crashkernel= would land', async () => {
    file('proc/cmdline', 'quiet\n');
    const { of } = await findings('--root', root, '--lenient');
    expect(of('crashkernel')?.why).toMatch(/crashkernel=320M .* it would land as 320 MiB at 0xec000000/);
  });
});
