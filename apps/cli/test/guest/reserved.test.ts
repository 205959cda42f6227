import { releaseOf } from '@kexeckit/guests';
import { describe, expect, test } from 'vitest';
import { answers, DEADLINE, type Host, skipWithout, threeKernels } from './three-kernels.ts';

describe('kernels reboot in memory that was kept from the one before', () => {
  test.for<Host>([{ kernel: '6.1', firmware: 'dt', level: 'EL1' }])(
    'by mem=, from half to half: $kernel by $firmware at $level',
    { timeout: 1.1 * DEADLINE },
    async (host, { skip }) => {
      skipWithout(host, skip);
      const { console, stages } = await threeKernels(host, 'mem=1G', [
        { options: '--strategy reserved --breadcrumbs', append: 'mem=1G' },
        { options: '--strategy reserved' },
      ]);
      const second = answers(stages[1], console);
      const third = answers(stages[2], console);
      expect([second.release, third.release]).toEqual([releaseOf(host.kernel), releaseOf(host.kernel)]);
      expect([second.cmdline, third.cmdline]).toEqual(
        [2, 3].map((stage) => `console=ttyAMA0 panic=-1 guest_stage=${stage}`),
      );
      // The first one had 1 GiB; each of the others keeps out of the half that the other lives in.
      expect(second.kept).toContain('a0000000-bfffffff : reserved');
      expect(third.kept).toContain('80000000-9fffffff : reserved');
      expect(console).toMatch(/kmvoj/);
    },
  );

  // Firmware has its own map of memory, and ACPI goes off where a tree is more than a stub, unless it is told to stay.
  test.for<Host>([{ kernel: '6.12', firmware: 'uefi', level: 'EL2' }])(
    'by a node that a reboot through the crash region adds: $kernel by $firmware at $level',
    { timeout: 1.1 * DEADLINE },
    async (host, { skip }) => {
      skipWithout(host, skip);
      const { console, stages } = await threeKernels(host, 'crashkernel=320M', [
        { options: '--strategy crash-region --no-capture-kernel --reserve 480M' },
        { options: '--strategy reserved' },
      ]);
      const second = answers(stages[1], console);
      const third = answers(stages[2], console);
      expect(second.cmdline).toMatch(/^console=ttyAMA0 panic=-1 guest_stage=2 .*acpi=force$/);
      expect(third.cmdline).toBe('console=ttyAMA0 panic=-1 guest_stage=3 acpi=force');
      const region = second.kept.find((line) => sizeOf(line) === 480n << 20n);
      const half = third.kept.find((line) => sizeOf(line) === 240n << 20n);
      // The third kernel lives in the lower half of what the second one kept out of.
      expect([region, half]).not.toContain(undefined);
      expect(half?.split('-')[1]).toBe(region?.split('-')[1]);
    },
  );
});

/** Bytes of a line of /proc/iomem. */
function sizeOf(line: string): bigint {
  const [start = '', end = ''] = line.split(' ')[0]?.split('-') ?? [];
  return BigInt(`0x${end || 0}`) - BigInt(`0x${start || 0}`) + 1n;
}
