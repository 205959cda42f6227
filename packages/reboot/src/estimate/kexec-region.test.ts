import { encodeImageHeader } from '@kexeckit/boot-image';
import { findByName, insertResource, parseIomem, placeReservation, reserveKexecKernel } from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import { planReboot } from '../plan/plan.ts';
import type { InputFiles } from '../plan/request.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { stingrayIomem } from '../simulated/stingray.ts';
import { generateWorkload } from '../workload.ts';
import { estimateKexecRegion } from './kexec-region.ts';

const MIB = 1n << 20n;

/** Whether a load into a region of so many bytes leaves a half for the next one. */
async function leavesHalf(files: InputFiles, bytes: bigint): Promise<boolean> {
  const reality = await new SimulatedMachine().describe();
  const request = { ...files, cmdline: '', strategy: 'reserved', seed: 1, reserve: `${bytes}` } as const;
  try {
    return (await planReboot(request, reality)).plan.generation?.half !== undefined;
  } catch {
    return false;
  }
}

describe('a region', () => {
  test.each([
    ['small files', 300_000, 100_000],
    ['a kernel alone', 5 << 20, undefined],
    ['a large initramfs', 3 << 20, 9 << 20],
  ])('%s: the least is had, and 4 MiB less are not', async (_, kernel, initrd) => {
    const { initrd: made, ...workload } = generateWorkload(kernel, initrd ?? 100_000, 1);
    const files = { ...workload, ...(initrd !== undefined && { initrd: made }) };
    const { leastBytes, recommendedBytes, segments, room } = await estimateKexecRegion(files);
    expect(leastBytes).toBeLessThanOrEqual(recommendedBytes);
    expect(await leavesHalf(files, leastBytes)).toBe(true);
    expect(await leavesHalf(files, leastBytes - 4n * MIB)).toBe(false);
    expect(await leavesHalf(files, recommendedBytes)).toBe(true);
    expect(segments.map(({ name }) => name)).toEqual(
      initrd === undefined ? ['kernel', 'dtb'] : ['kernel', 'initrd', 'dtb'],
    );
    for (const { mem, memsz } of segments) expect(mem >= room.start && mem + memsz - 1n <= room.end).toBe(true);
  });

  test('it is as large on one map as on another, and a region that is there changes nothing', async () => {
    const files = generateWorkload(2 << 20, 3 << 20, 1);
    const generic = await estimateKexecRegion(files);
    const stingray = parseIomem(stingrayIomem);
    const there = parseIomem(stingrayIomem);
    placeReservation(there, reserveKexecKernel(there, { size: 64n * MIB, base: 0n }));
    for (const memory of [stingray, there]) {
      const { leastBytes, recommendedBytes } = await estimateKexecRegion(files, memory);
      expect([leastBytes, recommendedBytes]).toEqual([generic.leastBytes, generic.recommendedBytes]);
    }
    expect(findByName(there, 'Kexec kernel')).toHaveLength(1);
  });

  test('the kernel’s BSS counts, and its pages are no matter', async () => {
    const kernel = new Uint8Array(1 << 20);
    kernel.set(encodeImageHeader({ imageSize: 40n * MIB, flags: { pageSize: '64K', placement: 'anywhere' } }));
    const { segments, leastBytes, pageSize } = await estimateKexecRegion({ kernel });
    expect(pageSize).toBe('64K');
    expect(segments[0]).toMatchObject({ bufsz: MIB, memsz: 40n * MIB });
    expect(leastBytes).toBeGreaterThan(80n * MIB);
  });

  test('a machine without room for it refuses it', async () => {
    const small = parseIomem('40000000-41ffffff : System RAM\n');
    insertResource(small, { name: 'Kernel code', start: 0x40200000n, end: 0x405fffffn });
    await expect(estimateKexecRegion(generateWorkload(2 << 20, 30 << 20, 1), small)).rejects.toMatchObject({
      code: 'ENOSPC',
      hint: expect.stringMatching(/kexeckernel=\d+M/),
    });
  });
});
