import { encodeImageHeader, type ImageFlags } from '@kexeckit/boot-image';
import type { CpuFeatures } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { proveReboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';

const files = generateWorkload(200_000, 100_000, 3);

/** Plans a kernel with these flags for a machine whose CPU has these features. */
async function plan(flags: Partial<ImageFlags>, features: Partial<CpuFeatures>) {
  const kernel = files.kernel.slice();
  const all: ImageFlags = { endianness: 'little', pageSize: '4K', placement: 'anywhere', ...flags };
  kernel.set(encodeImageHeader({ imageSize: 200_000n, flags: all }));
  const machine = new SimulatedMachine();
  const described = await machine.describe();
  machine.describe = async () => ({ ...described, features: { ...described.features, ...features } });
  return await proveReboot(machine, { ...files, kernel, cmdline: '', strategy: 'mmu-on', seed: 1 });
}

describe('a kernel', () => {
  test.each<[Partial<ImageFlags>, Partial<CpuFeatures>, string]>([
    [{ pageSize: '16K' }, { granules: ['4K', '64K'] }, 'the kernel has pages of 16K, and the CPU pages of 4K, 64K'],
    [{ pageSize: '64K' }, { granules: ['4K'] }, 'the kernel has pages of 64K, and the CPU pages of 4K'],
    [{ endianness: 'big' }, { bigEndian: false }, 'the kernel is big-endian, and the CPU is not'],
  ])('%j is refused on %j', async (flags, features, message) => {
    await expect(plan(flags, features)).rejects.toMatchObject({ name: 'RebootError', code: 'ENOEXEC', message });
  });

  test.each<[Partial<ImageFlags>, Partial<CpuFeatures>, string]>([
    [
      { pageSize: '64K' },
      { granules: ['4K'], mayHaveMore: true },
      'pages of 64K: whether the CPU has them is not known',
    ],
    [{ endianness: 'big' }, { bigEndian: undefined }, 'big-endian: whether the CPU can be is not known'],
  ])('%j on %j is planned and proved, and that is said', async (flags, features, message) => {
    const { plan: made, proof } = await plan(flags, features);
    expect(made.notes).toEqual([expect.stringContaining(message)]);
    expect(proof.violations).toEqual([]);
  });

  test.each<[Partial<ImageFlags>, Partial<CpuFeatures>]>([
    [{}, { granules: ['4K'] }],
    [{ pageSize: 'unspecified' }, { granules: ['4K'] }],
    [{ pageSize: '64K' }, { granules: ['4K', '64K'] }],
    [{ endianness: 'big' }, { bigEndian: true }],
  ])('%j on %j is as any other', async (flags, features) => {
    expect((await plan(flags, features)).plan.notes).toEqual([]);
  });
});
