import { describe, expect, test } from 'vitest';
import { type CrashKernelNeeds, estimateCrashKernel } from './crash-kernel.ts';

const MIB = 1n << 20n;
const GIB = 1n << 30n;

const known = (bytes: bigint) => ({ bytes, source: 'a test' });

const NEEDS: CrashKernelNeeds = {
  ramBytes: 8n * GIB,
  kernel: known(32n * MIB),
  modules: known(0n),
  initrd: known(32n * MIB),
  luks: known(0n),
  pageBytes: 4096,
  hasSmmu: false,
  hasMlx5: false,
};

describe('kdumpctl’s rules, in MiB', () => {
  test.each<[name: string, changes: Partial<CrashKernelNeeds>, baseline: bigint, needed: bigint, recommended: bigint]>([
    ['8 GiB', {}, 320n, 144n, 320n],
    ['2 GiB', { ramBytes: 2n * GIB }, 256n, 144n, 256n],
    ['64 GiB', { ramBytes: 64n * GIB }, 576n, 144n, 576n],
    ['a machine for which nothing is recommended', { ramBytes: GIB }, 0n, 144n, 144n],
    ['RAM that is not known', { ramBytes: undefined }, 0n, 144n, 144n],
    ['large pages', { pageBytes: 65_536 }, 420n, 144n, 420n],
    ['large pages and an SMMU', { pageBytes: 65_536, hasSmmu: true }, 804n, 144n, 804n],
    ['an SMMU alone', { hasSmmu: true }, 320n, 144n, 320n],
    ['mlx5', { hasMlx5: true }, 470n, 144n, 470n],
    ['mlx5 with large pages', { hasMlx5: true, pageBytes: 65_536 }, 620n, 144n, 620n],
    ['a large initramfs', { initrd: known(100n * MIB) }, 320n, 348n, 348n],
    ['modules', { modules: known(300n * MIB) }, 320n, 444n, 444n],
    ['a target to unlock', { luks: known(GIB) }, 320n, 1218n, 1218n],
    ['what is no whole MiB', { kernel: known(500n * MIB + 1n) }, 320n, 612n, 613n],
  ])('%s', (_, changes, baseline, needed, recommended) => {
    const estimate = estimateCrashKernel({ ...NEEDS, ...changes });
    expect([estimate.baselineBytes / MIB, estimate.neededBytes / MIB, estimate.recommendedBytes / MIB]).toEqual([
      baseline,
      needed,
      recommended,
    ]);
    expect(estimate.decidedBy).toBe(baseline > needed ? 'baseline' : 'needed');
  });

  test('each part has a source, and they add up', () => {
    const { baseline, needed, baselineBytes, neededBytes } = estimateCrashKernel({
      ...NEEDS,
      ...{ luks: known(GIB), hasMlx5: true, hasSmmu: true, pageBytes: 65_536 },
    });
    const sum = (parts: typeof needed): bigint => parts.reduce((bytes, part) => bytes + part.bytes, 0n);
    expect([sum(baseline), sum(needed)]).toEqual([baselineBytes, neededBytes]);
    expect(needed.map(({ what }) => what)).toEqual([
      'kernel',
      'modules',
      '3 times the initramfs',
      'to run',
      'unlocking the target',
      'cryptsetup on arm64',
    ]);
    for (const { source } of [...baseline, ...needed]) expect(source).not.toBe('');
  });
});
