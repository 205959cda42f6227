import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateWorkload, minimalDeviceTree } from '@kexeckit/reboot';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectRefused, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();
const bundle = join(folder, 'host.tar');
const kernel = join(folder, 'Image');
const initrd = join(folder, 'initrd');

/** A host of 2 GiB with one CPU, at EL1, that offers kexec_load. */
const host: Readonly<Record<string, string | Uint8Array>> = {
  'proc/meminfo': 'MemTotal: 2000000 kB\nMemAvailable: 1500000 kB\nCmaTotal: 0 kB\n',
  'proc/cmdline': 'quiet\n',
  'proc/iomem':
    '40000000-bfffffff : System RAM\n  40210000-415fffff : Kernel code\n  41a00000-41cfffff : Kernel data\n',
  'proc/kallsyms': 'ffff T __arm64_sys_kexec_load\n',
  'proc/self/status': 'Name:\tcat\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n',
  'proc/self/uid_map': '0 0 4294967295\n',
  'proc/self/auxv': new Uint8Array(new BigUint64Array([6n, 4096n, 0n, 0n]).buffer),
  'proc/sys/kernel/arch': 'aarch64\n',
  'proc/sys/kernel/osrelease': '6.1.0-50-arm64\n',
  'proc/sys/kernel/kexec_load_disabled': '0\n',
  'sys/kernel/kexec_loaded': '0\n',
  'sys/kernel/kexec_crash_loaded': '0\n',
  'sys/kernel/kexec_crash_size': '0\n',
  'sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  'sys/devices/system/cpu/possible': '0\n',
  'sys/devices/system/cpu/online': '0\n',
  'sys/firmware/fdt': minimalDeviceTree([{ start: 0x4000_0000n, end: 0xbfff_ffffn }], 1),
  'sys/firmware/devicetree/base/psci/compatible': 'arm,psci\0',
};

beforeAll(async () => {
  const root = join(folder, 'root');
  for (const [path, content] of Object.entries(host)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const files = generateWorkload(200_000, 100_000, 1);
  writeFileSync(kernel, files.kernel);
  writeFileSync(initrd, files.initrd);
  await kexeckitHere(['doctor', '--root', root, '--collect', bundle]);
}, 60_000);

describe('compare --from', () => {
  test('compares on the memory of the host, by its routes, without figures of another machine', async () => {
    const args = ['compare', '--from', bundle, '--kernel', kernel, '--initrd', initrd];
    const { code, out } = await kexeckitHere([...args, '--json']);
    expect(code).toBe(0);
    const { strategies, impossible, offers, default: byDefault } = JSON.parse(out);
    const names = (rows: { strategy: string }[]): string[] => rows.map(({ strategy }) => strategy);
    // It reserves nothing, and cannot be made to.
    expect(names(impossible)).toEqual(expect.arrayContaining(['reserved', 'crash-region']));
    expect(names(strategies)).toContain('mmu-on');
    expect(names(offers).toSorted()).toEqual(['crash-region', 'kernel', 'mmu-on', 'reserved']);
    expect(names(strategies)).toContain(byDefault);
    const text = await kexeckitHere([...args]);
    expect(text.out).not.toMatch(/stingray|modelled|published/i);
  }, 60_000);

  test.each([
    ['empty', '', /^kexeckit: --from .*empty is empty; check the path\n$/],
    ['no-tar', 'x'.repeat(5000), /^kexeckit: --from .*no-tar: the bundle is not a whole tar.*; give a file that/],
  ])('a file that is %s is refused by its name', async (name, content, message) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    for (const command of ['compare', 'doctor']) await expectRefused([command, '--from', path], message);
  });

  test.each(['--iomem', '--cpus', '--el'])('the host says it: %s', async (option) => {
    await expectRefused(['compare', '--from', bundle, option, '1'], new RegExp(`${option} beside --from .*; the host`));
  });
});
