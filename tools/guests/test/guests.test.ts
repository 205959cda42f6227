import { type Case, chosen } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { type GuestRun, releaseOf, runGuest, type Scenario, whyNoGuest } from '../src/index.ts';

/** A guest is up in seconds; a host that has much else to do may take many times as long. */
const DEADLINE_MS = 600_000;
const limits = { timeout: DEADLINE_MS + 10_000 };

type Machine = Pick<Scenario, 'kernel' | 'firmware' | 'level' | 'cpus'> & Case;

/** Every kernel, with firmware, levels and CPUs spread over them. */
const machines: Machine[] = [
  { kernel: '5.10', firmware: 'dt', level: 'EL1', cpus: 2, often: true },
  { kernel: '6.1', firmware: 'uefi', level: 'EL2', cpus: 2 },
  { kernel: '6.12', firmware: 'dt', level: 'VHE', cpus: 1 },
  { kernel: '7.3', firmware: 'uefi', level: 'VHE', cpus: 4, often: true },
  { kernel: '7.3', firmware: 'dt', level: 'EL2', cpus: 2 },
];

/** What the guest printed, by what was asked; each command has to have done its work. */
function outputs(run: GuestRun, ...names: string[]): Record<string, string> {
  const steps = run.stages[0] ?? [];
  const results = names.map((name, index): [string, string] => [name, steps[index]?.output ?? '']);
  expect(steps.map(({ status }) => status)).toEqual(names.map(() => 0));
  return Object.fromEntries(results);
}

test('a guest that panics is no run', limits, async ({ skip, signal }) => {
  const machine = { kernel: '6.1', firmware: 'dt', level: 'EL1' } as const;
  const reason = whyNoGuest(machine);
  if (reason !== undefined) skip(reason);
  const run = runGuest({ ...machine, stages: [['exit 1']], deadlineMs: DEADLINE_MS, signal });
  await expect(run).rejects.toMatchObject({
    code: 'EIO',
    message: expect.stringContaining('without being told to'),
    console: expect.stringContaining('Kernel panic - not syncing: Attempted to kill init!'),
  });
});

describe("Debian's kernels", () => {
  test.for(chosen(machines))(
    '$kernel, $firmware, $level, $cpus CPUs',
    limits,
    async ({ often: _, ...machine }, context) => {
      const { skip, signal } = context;
      const has = ['kexeckit'] as const;
      const reason = whyNoGuest({ ...machine, has });
      if (reason !== undefined) skip(reason);
      const asked = {
        release: 'uname -r',
        cpus: 'nproc',
        cmdline: 'cat /proc/cmdline',
        iomem: 'cat /proc/iomem',
        firmware: 'ls /sys/firmware',
        level: "dmesg | grep -E 'started at EL|kvm .* mode initialized'",
        node: 'node --version',
        version: 'kexeckit --version',
        doctor: 'kexeckit doctor',
      };
      const run = await runGuest({
        ...machine,
        has,
        stages: [Object.values(asked)],
        cmdline: 'crashkernel=320M',
        deadlineMs: DEADLINE_MS,
        signal,
      });
      const said = outputs(run, ...Object.keys(asked));
      expect(said).toMatchObject({
        release: `${releaseOf(machine.kernel)}\n`,
        cpus: `${machine.cpus}\n`,
        cmdline: expect.stringMatching(/^console=ttyAMA0 panic=-1 crashkernel=320M( initrd=initrd)?\n$/),
        iomem: expect.stringMatching(/^ {2}[0-9a-f]{8}-[0-9a-f]{8} : Crash kernel$/m),
        node: expect.stringMatching(/^v20\.\d+\.\d+\n$/),
        version: expect.stringMatching(/^kexeckit \d/),
        doctor: expect.stringMatching(/the kernel has kexec_load\n.*320 MiB are reserved for a crash kernel/s),
      });
      expect(said.firmware?.includes('acpi')).toBe(machine.firmware === 'uefi');
      expect(said.level).toContain(machine.level === 'EL1' ? 'started at EL1' : 'started at EL2');
      expect(said.level?.includes(': VHE mode initialized')).toBe(machine.level === 'VHE');
    },
  );
});
