import {
  type Arrival,
  coverLetterWorkload,
  type LoadedReboot,
  type Machine,
  nextKernelMap,
  planReboot,
  type RebootPlan,
  realityOf,
  reboot,
  refuseUnproved,
  SimulatedMachine,
} from '@kexeckit/reboot';
import { copiesOf, halfOf, loadImage, otherHalf, prove, type StrategyName, strategyNamed } from '@kexeckit/relocation';
import { type Case, chosen, debianKernel, whyNoDebianKernel } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { QemuMachine, type QemuOptions } from '../src/index.ts';

const GIB = 1n << 30n;
const cmdline = 'console=ttyAMA0 rdinit=/bin/sh';

function machineOf(options: Partial<QemuOptions>): QemuMachine {
  return new QemuMachine({ memory: 2n * GIB, cpus: 2, exceptionLevel: 1, timeoutMs: 150_000, ...options });
}

interface Boot extends Case {
  readonly strategy: StrategyName;
  readonly exceptionLevel: 1 | 2;
  readonly cpus: number;
  readonly gibibytes: bigint;
  readonly entry?: { readonly vhe?: true; readonly softRestart?: true };
}

/** Every strategy at every level, with the sizes of machine spread over them. */
const boots: Boot[] = [
  { strategy: 'mmu-on', exceptionLevel: 1, cpus: 1, gibibytes: 1n, often: true },
  { strategy: 'mmu-on', exceptionLevel: 2, cpus: 4, gibibytes: 8n },
  { strategy: 'mmu-off', exceptionLevel: 1, cpus: 4, gibibytes: 8n },
  { strategy: 'mmu-off', exceptionLevel: 2, cpus: 1, gibibytes: 1n, often: true },
  { strategy: 'reserved', exceptionLevel: 1, cpus: 4, gibibytes: 1n },
  { strategy: 'reserved', exceptionLevel: 2, cpus: 1, gibibytes: 8n },
  { strategy: 'crash-region', exceptionLevel: 1, cpus: 1, gibibytes: 8n },
  { strategy: 'crash-region', exceptionLevel: 2, cpus: 4, gibibytes: 1n, often: true },
  { strategy: 'mmu-on', exceptionLevel: 2, cpus: 2, gibibytes: 2n, entry: { vhe: true } },
  { strategy: 'reserved', exceptionLevel: 2, cpus: 2, gibibytes: 2n, entry: { vhe: true }, often: true },
  { strategy: 'mmu-on', exceptionLevel: 1, cpus: 2, gibibytes: 2n, entry: { softRestart: true } },
];

/** What the kernel prints of the half that it was told to reserve. */
function reservationOf({ generation }: RebootPlan): string {
  if (generation?.half === undefined) throw new Error('the plan does not use halves');
  const { start, end } = halfOf(generation.region, otherHalf(generation.half));
  const hex = (address: bigint): string => `0x${address.toString(16).padStart(16, '0')}`;
  return `crashkernel reserved: ${hex(start)} - ${hex(end + 1n)} (${(end + 1n - start) >> 20n} MB)`;
}

describe("Debian's kernel reaches user space", () => {
  test.for(chosen(boots))(
    '$strategy, EL$exceptionLevel, $cpus CPUs, $gibibytes GiB, $entry',
    { timeout: 400_000 },
    async (boot, { skip }) => {
      const { strategy, exceptionLevel, cpus, entry } = boot;
      const reason = whyNoDebianKernel();
      if (reason !== undefined) skip(reason);
      let console = '';
      const machine = machineOf({ memory: boot.gibibytes * GIB, cpus, exceptionLevel, ...entry });
      const report = await reboot(
        machine,
        { ...debianKernel(), cmdline, strategy, seed: 1, breadcrumbs: true },
        {
          onEvent: (event) => {
            if (event.type === 'console') console += event.text;
          },
        },
      );
      const { nextKernel, destinations, breadcrumbs } = report.ending;
      expect(nextKernel?.reached).toContain('Run /bin/sh as init process');
      expect(nextKernel?.version).toContain('Linux version 6.1');
      expect(destinations.map(({ segment }) => segment)).toEqual(['kernel', 'initrd', 'dtb']);
      expect(console).toContain(`Kernel command line: ${report.plan.cmdline}`);
      // What is told to reserve the other half does: Linux itself knows `crashkernel=` only.
      if (strategy === 'crash-region') expect(console).toContain(reservationOf(report.plan));
      expect(console).toContain(
        exceptionLevel === 2 || entry?.softRestart
          ? 'CPU: All CPU(s) started at EL2'
          : 'CPU: All CPU(s) started at EL1',
      );
      expect(console).toMatch(new RegExp(`Brought up 1 node, ${cpus} CPU`));
      expect(console).toMatch(/Freeing initrd memory: \d+K/);
      expect(console).not.toContain('Initramfs unpacking failed');
      // Entered, tables on, a mark every 8 MiB, verified, tables off, jumping.
      expect(breadcrumbs).toMatch(strategyNamed(strategy).canVerify ? /^km\.*voj$/ : /^k\.*j$/);
    },
  );
});

test('kernels of three generations boot in the halves of one region in turn, and each reserves the other half', {
  timeout: 400_000,
}, async ({ skip }) => {
  const reason = whyNoDebianKernel();
  if (reason !== undefined) skip(reason);
  const qemu = machineOf({ memory: GIB, cpus: 1 });
  let reality = await qemu.describe();
  const halves: unknown[] = [];
  for (let generation = 0; generation < 3; generation++) {
    let console = '';
    let loaded: LoadedReboot | undefined;
    const machine: Machine<Arrival> = {
      rehearses: false,
      name: qemu.name,
      describe: async () => reality,
      stage: (reboot, watch) => {
        loaded = reboot;
        return qemu.stage(reboot, watch);
      },
      staged: () => qemu.staged(),
    };
    const { plan } = await reboot(
      machine,
      { ...debianKernel(), cmdline, strategy: 'crash-region', seed: generation },
      {
        onEvent: (event) => {
          if (event.type === 'console') console += event.text;
        },
      },
    );
    expect(console).toContain(reservationOf(plan));
    halves.push(plan.generation?.half);
    const dtb = loaded?.contents.get('dtb') ?? reality.dtb;
    reality = realityOf({ ...reality, memory: nextKernelMap(reality.memory, plan), dtb, canReserve: false });
  }
  expect(halves).toEqual(['lower', 'upper', 'lower']);
});

describe('a plan that was tampered with does not get that far', () => {
  const tampering = [
    {
      what: 'one corrupted table entry',
      invariant: 'mappings',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        const tables = plan.stage.controlPages.filter(({ owner }) => owner === 'table');
        for (const { pfn } of tables) {
          const words = new Uint32Array(image.writable(pfn).buffer);
          // Every writable leaf of this table becomes read-only.
          const at = words.findIndex((word, index) => index % 2 === 0 && (word & 0x781) === 0x701);
          if (at >= 0) {
            words[at] = (words[at] ?? 0) | 0x80;
            return;
          }
        }
        throw new Error('no writable block');
      },
    },
    {
      what: 'one wrong byte',
      invariant: 'content',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        const page = image.writable(copiesOf(plan.stage).at(100)?.source ?? -1);
        page?.set([(page[99] ?? 0) ^ 0x10], 99);
      },
    },
    {
      what: 'one clobbered source page',
      invariant: 'content',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        image.store(copiesOf(plan.stage).at(200)?.source ?? -1, new Uint8Array(4096).fill(0x5a));
      },
    },
    {
      what: 'an entry whose source is another destination',
      invariant: 'entry list',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        const list = plan.stage.controlPages.find(({ owner }) => owner === 'entry list');
        const words = new BigUint64Array(image.writable(list?.pfn ?? -1).buffer);
        words[5] = (plan.stage.placement.entry + 0x10_0000n) | 8n;
      },
    },
  ];

  test.each(tampering)('$what', async ({ invariant, apply }) => {
    const description = await new SimulatedMachine().describe();
    const { plan, contents } = await planReboot(
      { ...coverLetterWorkload(), cmdline, strategy: 'mmu-on', seed: 1 },
      description,
    );
    const image = loadImage(plan.stage, contents);
    apply(image, plan);
    const proof = prove(plan.stage, image, contents, description);
    expect(proof.violations[0]?.invariant).toBe(invariant);
    expect(() => refuseUnproved(proof)).toThrow(invariant);
  });
});
