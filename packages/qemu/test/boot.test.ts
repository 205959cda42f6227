import {
  coverLetterWorkload,
  planReboot,
  type RebootReport,
  reboot,
  refuseUnproved,
  SimulatedMachine,
} from '@kexeckit/reboot';
import { loadImage, prove, type Strategy } from '@kexeckit/relocation';
import { debianKernel, whyNoDebianKernel } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { QemuMachine, type QemuOptions } from '../src/index.ts';

const GIB = 1n << 30n;
const cmdline = 'console=ttyAMA0 rdinit=/bin/sh';

function machineOf(options: Partial<QemuOptions>): QemuMachine {
  return new QemuMachine({ memory: 2n * GIB, cpus: 2, exceptionLevel: 1, timeoutMs: 150_000, ...options });
}

interface Boot {
  readonly strategy: Strategy;
  readonly exceptionLevel: 1 | 2;
  readonly cpus: number;
  readonly gibibytes: bigint;
  readonly entry?: { readonly vhe?: true; readonly softRestart?: true };
}

/** Every strategy at every level, with the sizes of machine spread over them. */
const boots: Boot[] = [
  { strategy: 'mmu-on', exceptionLevel: 1, cpus: 1, gibibytes: 1n },
  { strategy: 'mmu-on', exceptionLevel: 2, cpus: 4, gibibytes: 8n },
  { strategy: 'mmu-off', exceptionLevel: 1, cpus: 4, gibibytes: 8n },
  { strategy: 'mmu-off', exceptionLevel: 2, cpus: 1, gibibytes: 1n },
  { strategy: 'reserved', exceptionLevel: 1, cpus: 4, gibibytes: 1n },
  { strategy: 'reserved', exceptionLevel: 2, cpus: 1, gibibytes: 8n },
  { strategy: 'crash-region', exceptionLevel: 1, cpus: 1, gibibytes: 8n },
  { strategy: 'crash-region', exceptionLevel: 2, cpus: 4, gibibytes: 1n },
  { strategy: 'mmu-on', exceptionLevel: 2, cpus: 2, gibibytes: 2n, entry: { vhe: true } },
  { strategy: 'reserved', exceptionLevel: 2, cpus: 2, gibibytes: 2n, entry: { vhe: true } },
  { strategy: 'mmu-on', exceptionLevel: 1, cpus: 2, gibibytes: 2n, entry: { softRestart: true } },
];

const fact = (report: RebootReport, wanted: string): string | undefined =>
  report.facts.find(([name]) => name === wanted)?.[1];

describe("Debian's kernel reaches user space", () => {
  test.for(boots)(
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
      expect(fact(report, 'reached')).toContain('Run /bin/sh as init process');
      expect(fact(report, 'new kernel')).toContain('Linux version 6.1');
      expect(report.destinations.map(({ segment }) => segment)).toEqual(['kernel', 'initrd', 'dtb']);
      expect(console).toContain(`Kernel command line: ${cmdline}`);
      expect(console).toContain(
        exceptionLevel === 2 || entry?.softRestart
          ? 'CPU: All CPU(s) started at EL2'
          : 'CPU: All CPU(s) started at EL1',
      );
      expect(console).toMatch(new RegExp(`Brought up 1 node, ${cpus} CPU`));
      expect(console).toMatch(/Freeing initrd memory: \d+K/);
      expect(console).not.toContain('Initramfs unpacking failed');
      // Entered, tables on, a mark every 8 MiB, verified, tables off, jumping.
      expect(console).toMatch(strategy === 'mmu-off' ? /^k\.*j/ : /^km\.*voj/);
    },
  );
});

describe('the two referees', () => {
  test.for([1, 2] as const)(
    'execute the same words and end with the same bytes, at EL%i',
    { timeout: 400_000 },
    async (exceptionLevel, { skip }) => {
      const reason = whyNoDebianKernel();
      if (reason !== undefined) skip(reason);
      const qemu = machineOf({ exceptionLevel });
      const description = await qemu.describe();
      const { plan, contents } = await planReboot(
        { ...debianKernel(), cmdline, strategy: 'mmu-on', seed: 2 },
        description,
      );
      const image = loadImage(plan.relocation, contents);
      refuseUnproved(prove(plan.relocation, image, contents));
      // One plan, one image: the words of the routine are the same memory.
      const strict = await new SimulatedMachine(description).run({ plan, contents, image });
      const emulated = await qemu.run({ plan, contents, image });
      expect(emulated.destinations).toEqual(strict.destinations);
      expect(strict.destinations.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(70 * 2 ** 20);
    },
  );
});

describe('a plan that was tampered with does not get that far', () => {
  const tampering = [
    {
      what: 'one corrupted table entry',
      invariant: 'mappings',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        const tables = plan.relocation.controlPages.filter(({ owner }) => owner === 'table');
        for (const { pfn } of tables) {
          const words = new Uint32Array(image.page(pfn)?.buffer ?? new ArrayBuffer(0));
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
        const page = image.page(plan.relocation.copies[100]?.source ?? -1);
        page?.set([(page[99] ?? 0) ^ 0x10], 99);
      },
    },
    {
      what: 'one clobbered source page',
      invariant: 'content',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        image.store(plan.relocation.copies[200]?.source ?? -1, new Uint8Array(4096).fill(0x5a));
      },
    },
    {
      what: 'an entry whose source is another destination',
      invariant: 'entry list',
      apply: (image: ReturnType<typeof loadImage>, plan: Awaited<ReturnType<typeof planReboot>>['plan']) => {
        const list = plan.relocation.controlPages.find(({ owner }) => owner === 'entry list');
        const words = new BigUint64Array(image.page(list?.pfn ?? -1)?.buffer ?? new ArrayBuffer(0));
        words[5] = (plan.relocation.entry + 0x10_0000n) | 8n;
      },
    },
  ];

  test.each(tampering)('$what', async ({ invariant, apply }) => {
    const description = await new SimulatedMachine().describe();
    const { plan, contents } = await planReboot(
      { ...coverLetterWorkload(), cmdline, strategy: 'mmu-on', seed: 1 },
      description,
    );
    const image = loadImage(plan.relocation, contents);
    apply(image, plan);
    const proof = prove(plan.relocation, image, contents);
    expect(proof.violations[0]?.invariant).toBe(invariant);
    expect(() => refuseUnproved(proof)).toThrow(invariant);
  });
});
