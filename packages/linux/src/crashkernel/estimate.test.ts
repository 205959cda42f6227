import { describe, expect, test } from 'vitest';
import { preflight } from '../preflight.ts';
import { auxv, type Files, hostWith } from '../testing/tree.ts';
import { crashEstimate } from './estimate.ts';

const map = (end: string): string =>
  [`40000000-${end} : System RAM`, '  40200000-415fffff : Kernel code', '  41600000-421fffff : Kernel data', ''].join(
    '\n',
  );
const MIB = 1n << 20n;
const LARGE: Files = { '/proc/self/auxv': auxv(65_536) };
const MLX5: Files = { '/proc/modules': 'mlx5_core 2097152 0 - Live 0x0\n' };
const SMMU: Files = { '/sys/class/iommu/smmu3.0x0000000009050000/': '' };

async function recommended(end: string, changes: Files = {}): Promise<bigint | undefined> {
  const estimate = crashEstimate(await hostWith({ '/proc/iomem': map(end), ...changes }));
  return estimate && estimate.recommended / MIB;
}

describe('kdumpctl’s rules', () => {
  test.each<[name: string, end: string, changes: Files, mebibytes: bigint]>([
    ['4 GiB and more', '13fffffff', {}, 320n],
    ['64 GiB and more', '103fffffff', {}, 576n],
    ['large pages', '13fffffff', LARGE, 420n],
    ['large pages and an SMMU', '13fffffff', { ...LARGE, ...SMMU }, 804n],
    ['an SMMU alone', '13fffffff', SMMU, 320n],
    ['mlx5', '13fffffff', MLX5, 470n],
    ['mlx5 with large pages', '13fffffff', { ...MLX5, ...LARGE }, 620n],
    // 32 MiB of kernel, three times 32 of initramfs, 16 and 50 to run.
    ['a machine for which nothing is recommended', '7fffffff', {}, 144n],
  ])('%s', async (_, end, changes, mebibytes) => {
    expect(await recommended(end, changes)).toBe(mebibytes);
  });

  test('a large driver counts where it is what is larger', async () => {
    expect(await recommended('7fffffff', { '/proc/modules': `big ${300 << 20} 0 - Live 0x0\n` })).toBe(444n);
  });

  test('nothing is known where the kernel is not seen', async () => {
    expect(crashEstimate(await hostWith({ '/proc/iomem': null }))).toBeUndefined();
  });
});

test('what kexec_crash_size leaves and gives back', async () => {
  const crash = '13fffffff : System RAM\n  ';
  const iomem = `40000000-${crash}40200000-421fffff : Kernel code\n  42200000-422fffff : Kernel data\n  90000000-afffffff : Crash kernel\n`;
  const host = await hostWith({ '/proc/iomem': iomem, '/sys/kernel/kexec_crash_size': String(512n * MIB) });
  const found = preflight(host).find(({ id }) => id === 'crash-size');
  expect(found).toMatchObject({ severity: 'ok', what: '512 MiB are reserved, and a crash kernel wants 320 MiB' });
  expect(found?.why).toMatch(
    /; 335544320 written to \/sys\/kernel\/kexec_crash_size leaves 320 MiB of the region, and gives 192 MiB back until the next boot$/,
  );
});

test('the low region beside it is counted where the kernel counts it', async () => {
  const iomem = [
    '40000000-ffffffff : System RAM',
    '  40200000-421fffff : Kernel code',
    '  42200000-422fffff : Kernel data',
    '  c0000000-c7ffffff : Crash kernel',
    '100000000-23fffffff : System RAM',
    '  200000000-21fffffff : Crash kernel',
    '',
  ].join('\n');
  const why = async (size: bigint): Promise<string | undefined> => {
    const host = await hostWith({ '/proc/iomem': iomem, '/sys/kernel/kexec_crash_size': String(size) });
    return preflight(host).find(({ id }) => id === 'crash-size')?.why;
  };
  expect(await why(640n * MIB)).toMatch(/; 469762048 written/);
  expect(await why(512n * MIB)).toMatch(/; 335544320 written/);
});
