import { describe, expect, test } from 'vitest';
import { answers, DEADLINE, type Host, skipWithout, threeKernels } from './three-kernels.ts';

// Firmware has its own map of memory, and ACPI goes off where a tree is more than a stub, unless it is told to stay.
describe('a kernel reboots in memory that a reboot through the crash region keeps for it', () => {
  test.for<Host>([{ kernel: '6.12', firmware: 'uefi', level: 'EL2' }])(
    '$kernel by $firmware at $level',
    { timeout: 1.1 * DEADLINE },
    async (host, { skip }) => {
      skipWithout(host, skip);
      const { console, stages } = await threeKernels(host, 'crashkernel=320M', [
        { options: '--strategy crash-region --no-capture-kernel --reserve 480M --rehearse no' },
        { options: '--strategy reserved --rehearse no' },
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
