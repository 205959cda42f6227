import { reportLog } from '@kexeckit/evidence';
import { type KernelVersion, releaseOf } from '@kexeckit/guests';
import { type Case, chosen } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { answers, DEADLINE, type Hop, type Host, skipWithout, threeKernels } from '../three-kernels.ts';

type Strategy = 'crash-region' | 'mmu-on' | 'reserved' | 'kernel';

/** Where a kernel is rebooted, and by what. */
export interface Generations extends Omit<Host, 'kernel'>, Case {
  readonly strategy: Strategy;
  /** Of all guests one rehearses, in full: it takes an emulated CPU minutes. */
  readonly rehearse?: 'once';
}

/** What a kernel keeps for the next one, on its command line. */
const kept: Readonly<Record<Strategy, string>> = {
  'crash-region': 'crashkernel=320M',
  'mmu-on': '',
  reserved: 'mem=1G',
  kernel: '',
};

/** No strategy is named where there is a crash region: a host that has one is rebooted in place. */
const optionsOf: Readonly<Record<Strategy, string>> = {
  'crash-region': '--no-capture-kernel',
  'mmu-on': '--strategy mmu-on',
  reserved: '--strategy reserved',
  kernel: '--strategy kernel',
};

/**
 * Reboots a stock kernel into itself, twice, verified by our purgatory, by each strategy. There is a file for each kernel, as
 * files run beside each other.
 */
export function threeGenerations(kernel: KernelVersion, generations: readonly Generations[]): void {
  test.for(chosen(generations))(
    `${kernel}: by $strategy, $firmware at $level`,
    { timeout: 1.1 * DEADLINE },
    async ({ strategy, rehearse = 'no', often: _, ...machine }, { skip }) => {
      const host: Host = { kernel, ...machine };
      skipWithout(host, skip);
      // UEFI hands over no device tree that says where the console is.
      const marks = host.firmware === 'dt' ? '--breadcrumbs' : '';
      const options = `${optionsOf[strategy]} ${marks}`;
      const hops: [Hop, Hop] = [
        { options: `${options} --rehearse ${rehearse}`, append: kept[strategy] },
        { options: `${options} --rehearse no` },
      ];
      const { console, stages } = await threeKernels(host, `${kept[strategy]} panic=-1`, hops);
      const ways = stages.slice(0, 2).map((steps) => /([a-z-]+): coming to rest/.exec(steps.at(-1)?.output ?? '')?.[1]);
      expect(ways, console.slice(-4000)).toEqual([strategy, strategy]);
      const [second, third] = [answers(stages[1], console), answers(stages[2], console)];
      expect([second.release, third.release]).toEqual([releaseOf(kernel), releaseOf(kernel)]);
      // The third one was not asked for a region: it is told to keep one as large. What `mem=` kept is said by the tree.
      const regions = strategy === 'crash-region' ? [kept[strategy], `crashkernel=${320 << 10}K`] : [];
      expect([second.cmdline, third.cmdline]).toEqual([lineOf(2, regions[0]), lineOf(3, regions[1])]);
      expectKept(strategy, second.kept, third.kept);
      // Entered, tables on, verified, tables off, jumping; what is moved shows how far it has come.
      if (marks !== '') expect(console.match(/km\.*voj/g)).toHaveLength(2);
      // A guest has no disk that would keep the mark of the reboot: its own start is what the second kernel can tell.
      expect(second.timeline).toMatch(/-> 1 +kexec .* >= \d+\.\d+ /);
      const reboots = reportLog(console).passages.filter(({ came }) => came === 'kexec');
      expect(reboots.map(({ phases }) => phases[0]?.basis)).toEqual(['measured', 'measured']);
    },
  );
}

/** The command line of a kernel, and the crash region that it is told to keep. */
const lineOf = (stage: number, region = ''): string =>
  `console=ttyAMA0 panic=-1 guest_stage=${stage} ${region}`.trimEnd();

/** What the kernels keep: a crash region that each has found by itself, or the half that the other one lives in. */
function expectKept(strategy: Strategy, second: readonly string[], third: readonly string[]): void {
  const hasRegion = strategy === 'crash-region';
  for (const lines of [second, third])
    expect(lines.filter((line) => line.endsWith('Crash kernel'))).toHaveLength(hasRegion ? 1 : 0);
  if (strategy !== 'reserved') return;
  expect(second).toContain('a0000000-bfffffff : reserved');
  expect(third).toContain('80000000-9fffffff : reserved');
}
