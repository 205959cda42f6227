import { thunderX2 } from '@kexeckit/cost';
import { digestCounts, figureOf, generateWorkload, reboot, SimulatedMachine } from '@kexeckit/reboot';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { estimatedTimeline, phaseCounts } from './counts.ts';

const MIB = 2 ** 20;
const size = { kernelMib: 2, initrdMib: 1 } as const;

const run = (strategy: StrategyName, exceptionLevel: 1 | 2, verify: boolean) =>
  reboot(new SimulatedMachine({ exceptionLevel }), {
    ...generateWorkload(size.kernelMib * MIB, size.initrdMib * MIB, 7),
    ...{ cmdline: 'console=ttyS0', seed: 3, strategy },
    ...(!verify && { verify: false }),
  });

test.each(
  strategies.flatMap(({ name }) => [
    { name, level: 2, verify: true } as const,
    { name, level: 1, verify: false } as const,
  ]),
)(
  'an estimate of $name from counts alone agrees with a run at EL$level, digests $verify',
  async ({ name, level, verify }) => {
    const { ending } = await run(name, level, verify);
    const { phases, profile } = ending.timeline;
    const own = estimatedTimeline(name, { ...size, verify }, profile);
    expect(own.phases.map(({ phase, basis, remark }) => [phase, basis, remark])).toEqual(
      phases.map(({ phase, basis, remark }) => [phase, basis, remark]),
    );
    for (const [at, { phase, seconds = Number.NaN }] of phases.entries()) {
      const off = (own.phases[at]?.seconds ?? Number.NaN) / seconds - 1;
      expect([phase, Math.abs(seconds === 0 ? 0 : off) < 0.001]).toEqual([phase, true]);
    }
    // What the machine counted is what is counted here, kernel's own part aside.
    const { relocation, digests } = phaseCounts(name, { ...size, verify });
    const kernels = strategies.find((strategy) => strategy.name === name)?.delivers === true;
    const counted = (relocation.uncachedAccesses ?? 0) + (digests?.uncachedAccesses ?? 0);
    const told = figureOf(ending, 'uncached accesses') ?? Number.NaN;
    if (!kernels) expect(Math.abs(counted - told)).toBeLessThanOrEqual(Math.max(1, 0.001 * told));
  },
);

test('prices that a profile lacks are not known: no total is made up', () => {
  const { phases } = estimatedTimeline('mmu-on', { ...size, verify: true }, thunderX2);
  expect(phases.map(({ basis }) => basis)).toEqual(['unknown', 'modelled', 'modelled', 'unknown']);
  expect(
    estimatedTimeline('mmu-on', { ...size, verify: true }, undefined).phases.every(({ basis }) => basis === 'unknown'),
  ).toBe(true);
});

test.each(strategies)('digests of $name are counted as the road counts them', ({ name, region, delivers }) => {
  const { digests, bytes } = phaseCounts(name, { ...size, verify: true });
  const standing = region === undefined && !delivers ? 0 : bytes;
  if (digests !== undefined) expect(digests).toEqual(digestCounts(bytes, standing));
});
