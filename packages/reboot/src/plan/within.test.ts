import { segmentEnd } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { planReboot } from './plan.ts';

const MIB = 1n << 20n;
const described = await new SimulatedMachine().describe();
const request = { ...generateWorkload(3 << 20, 1 << 20, 1), cmdline: '', strategy: 'kernel', seed: 1 } as const;

describe('limits of a plan', () => {
  test('hold its segments, and what runs in between', async () => {
    const { plan } = await planReboot(request, described);
    const lowest = plan.stage.placement.entry;
    const within = { start: lowest + 64n * MIB + 4096n, end: lowest + 128n * MIB };
    const { plan: limited } = await planReboot({ ...request, within }, described);
    const { segments } = limited.stage.placement;
    for (const segment of segments) {
      expect(segment.mem).toBeGreaterThanOrEqual(within.start);
      expect(segmentEnd(segment)).toBeLessThanOrEqual(within.end);
    }
    for (const { pfn } of limited.stage.controlPages) {
      expect(BigInt(pfn) * 4096n).toBeGreaterThanOrEqual(within.start);
      expect(BigInt(pfn) * 4096n).toBeLessThan(within.end);
    }
    expect(limited.stage.placement.entry % (2n * MIB)).toBe(plan.stage.placement.entry % (2n * MIB));
  });

  test('that leave no room, say nothing, or do not go with a region, are refused', async () => {
    const refused = (within: { start: bigint; end: bigint }, strategy: 'kernel' | 'reserved' = 'kernel') =>
      expect(planReboot({ ...request, strategy, within }, described)).rejects;
    const { entry } = (await planReboot(request, described)).plan.stage.placement;
    await refused({ start: entry, end: entry + MIB }).toMatchObject({ code: 'ENOSPC' });
    await refused({ start: 2n, end: 1n }).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('between 0x2 and 0x1'),
    });
    await refused({ start: 0n, end: 1n << 40n }, 'reserved').toMatchObject({ code: 'EINVAL' });
  });
});
