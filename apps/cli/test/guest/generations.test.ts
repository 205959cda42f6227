import { reportLog } from '@kexeckit/evidence';
import { releaseOf } from '@kexeckit/guests';
import { describe, expect, test } from 'vitest';
import { answers, DEADLINE, type Host, skipWithout, threeKernels } from './three-kernels.ts';

interface Generations extends Host {
  /** The strategy that leaves the second kernel. */
  readonly second: 'mmu-on' | 'kernel';
}

/** Each kernel on another machine, and each by the two strategies that no other test has on it. */
const generations: readonly Generations[] = [
  { kernel: '5.10', firmware: 'dt', level: 'EL1', second: 'kernel' },
  { kernel: '6.1', firmware: 'uefi', level: 'EL2', second: 'mmu-on' },
  { kernel: '6.12', firmware: 'uefi', level: 'EL1', second: 'mmu-on' },
  { kernel: '7.3', firmware: 'dt', level: 'VHE', second: 'kernel' },
];

describe('three stock kernels, one after the other: in place, then moved, each verified by our purgatory', () => {
  test.for(generations)(
    '$kernel by $firmware at $level: crash-region, then $second',
    { timeout: 1.1 * DEADLINE },
    async ({ second: left, ...host }, { skip }) => {
      skipWithout(host, skip);
      const marks = host.firmware === 'dt' ? '--breadcrumbs' : '';
      const region = 'crashkernel=320M';
      const { console, stages } = await threeKernels(host, `${region} panic=-1`, [
        // No strategy is named: a host with a region is rebooted in place.
        { options: `--no-capture-kernel ${marks}`, append: region },
        { options: `--strategy ${left} ${marks}` },
      ]);
      const [second, third] = [answers(stages[1], console), answers(stages[2], console)];
      expect([second.release, third.release]).toEqual([releaseOf(host.kernel), releaseOf(host.kernel)]);
      expect(second.cmdline).toBe('console=ttyAMA0 panic=-1 guest_stage=2 crashkernel=320M');
      expect(third.cmdline?.trim()).toBe('console=ttyAMA0 panic=-1 guest_stage=3');
      // The second kernel lives in the old region, and has found another one by itself.
      expect(second.kept.filter((line) => line.endsWith('Crash kernel'))).toHaveLength(1);
      // Entered, tables on, verified, tables off, jumping; what is moved shows how far it has come.
      if (marks !== '') expect(console.match(/km\.*voj/g)).toHaveLength(2);
      const reboots = reportLog(console).passages.filter(({ came }) => came === 'kexec');
      expect(reboots.map(({ phases }) => phases[0]?.basis)).toEqual(['measured', 'measured']);
    },
  );
});
