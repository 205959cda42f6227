import {
  ensureNode,
  type Fdt,
  fdtSize,
  parseFdt,
  removeProperty,
  serializeFdt,
  setProperty,
  stringValue,
  u64Value,
} from '@kexeckit/fdt';
import { parseIomem, rangesOverlap, systemRam } from '@kexeckit/ioport';
import { type StrategyName, segmentEnd, strategies } from '@kexeckit/relocation';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RebootError } from '../error.ts';
import { proveReboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { minimalDeviceTree } from './device-tree.ts';
import { keptBy } from './kept.ts';

const map = parseIomem(
  '40000000-4fffffff : System RAM\n  40210000-40b0ffff : Kernel code\n  40c00000-40ffffff : Kernel data\n',
);
const files = generateWorkload(300_000, 200_000, 4);

const HOW = ['memreserve', 'reserved-memory', 'no-map', 'framebuffer', 'spin-table'] as const;

interface Reservation {
  readonly how: (typeof HOW)[number];
  readonly start: bigint;
  readonly size: bigint;
}

/** The device tree of a machine that keeps these. */
function treeWith(reservations: readonly Reservation[]): Uint8Array {
  const fdt = parseFdt(minimalDeviceTree(systemRam(map), 1));
  const two = Uint8Array.of(0, 0, 0, 2);
  const parent = ensureNode(fdt, '/reserved-memory');
  setProperty(parent, '#address-cells', two);
  setProperty(parent, '#size-cells', two);
  setProperty(parent, 'ranges', new Uint8Array());
  for (const [index, { how, start, size }] of reservations.entries()) {
    if (how === 'memreserve') {
      fdt.reservations.push({ address: start, size });
      continue;
    }
    if (how === 'spin-table') {
      const cpu = ensureNode(fdt, `/cpus/cpu@${index + 1}`);
      setProperty(cpu, 'enable-method', stringValue('spin-table'));
      setProperty(cpu, 'cpu-release-addr', u64Value(start));
      continue;
    }
    if (how === 'framebuffer') {
      const screen = ensureNode(fdt, `/chosen/framebuffer-${index}@${start.toString(16)}`);
      setProperty(screen, 'compatible', stringValue('simple-framebuffer'));
      setProperty(screen, 'reg', Uint8Array.from([...u64Value(start), ...u64Value(size)]));
      continue;
    }
    const node = ensureNode(fdt, `/reserved-memory/kept-${index}@${start.toString(16)}`);
    setProperty(node, 'reg', Uint8Array.from([...u64Value(start), ...u64Value(size)]));
    if (how === 'no-map') setProperty(node, 'no-map', new Uint8Array());
  }
  return serializeFdt(fdt);
}

const request = (strategy: StrategyName) => ({ ...files, cmdline: '', strategy, seed: 3 });

describe('what the device tree keeps', () => {
  test.each(strategies.map(({ name }) => name))('has no segment of %s, and the proof agrees', async (strategy) => {
    const kept: Reservation[] = [
      { how: 'memreserve', start: 0x4000_0000n, size: 0x1000n },
      { how: 'reserved-memory', start: 0x4020_0800n, size: 0x20_0000n },
      { how: 'no-map', start: 0x4060_0000n, size: 0x10_0000n },
      { how: 'no-map', start: 0x4800_0000n, size: 0x200_0000n },
      { how: 'spin-table', start: 0x40a0_0ff8n, size: 8n },
      { how: 'framebuffer', start: 0x40c0_0000n, size: 0x10_0000n },
    ];
    const machine = new SimulatedMachine({ memory: map, dtb: treeWith(kept) });
    const { plan, proof } = await proveReboot(machine, request(strategy));
    expect(proof.violations).toEqual([]);
    for (const segment of plan.stage.placement.segments)
      for (const { start, size } of kept)
        expect(rangesOverlap({ start: segment.mem, end: segmentEnd(segment) }, { start, end: start + size - 1n })).toBe(
          false,
        );
  });

  const place = fc.record({
    how: fc.constantFrom(...HOW),
    start: fc.bigInt(0x4000_0000n, 0x4fff_0000n),
    size: fc.bigInt(1n, 0x80_0000n),
  });

  test('leads to a plan that is proved, or to none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { maxLength: 12 }),
        fc.constantFrom(...strategies.map(({ name }) => name)),
        async (kept, strategy) => {
          const machine = new SimulatedMachine({ memory: map, dtb: treeWith(kept) });
          try {
            await proveReboot(machine, request(strategy));
          } catch (error) {
            expect(error).toBeInstanceOf(RebootError);
            expect(error).toMatchObject({ code: 'ENOSPC' });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what ends with the running kernel is used again, and the proof agrees', () => {
  const [start, end] = [0x4100_0800n, 0x4120_0400n];

  /** The tree of a machine whose loader reserved something for the kernel that runs. */
  function treeAfter(change: (fdt: Fdt) => void): Uint8Array {
    const fdt = parseFdt(treeWith([]));
    setProperty(ensureNode(fdt, '/chosen'), 'linux,initrd-start', u64Value(start));
    setProperty(ensureNode(fdt, '/chosen'), 'linux,initrd-end', u64Value(end));
    change(fdt);
    return serializeFdt(fdt);
  }

  test.each<[string, (fdt: Fdt) => void]>([
    ['the pages round its initramfs', (fdt) => fdt.reservations.push({ address: start - 0x800n, size: 0x20_1000n })],
    [
      'its device tree, as U-Boot reserves it',
      (fdt) => {
        const entry = { address: 0x4200_0000n, size: 0n };
        fdt.reservations.push(entry);
        entry.size = BigInt(fdtSize(fdt));
      },
    ],
  ])('%s', async (_, change) => {
    const machine = new SimulatedMachine({ memory: map, dtb: treeAfter(change) });
    expect(keptBy(await machine.describe()).reserved).toEqual([]);
    const { plan, proof } = await proveReboot(machine, request('mmu-on'));
    expect(proof.violations).toEqual([]);
    expect(parseFdt(plan.dtb).reservations).toHaveLength(1);
  });
});

test('a /reserved-memory that Linux passes over is passed over', async () => {
  const fdt = parseFdt(treeWith([{ how: 'no-map', start: 0x4800_0000n, size: 0x200_0000n }]));
  removeProperty(ensureNode(fdt, '/reserved-memory'), 'ranges');
  const machine = new SimulatedMachine({ memory: map, dtb: serializeFdt(fdt) });
  const { proof } = await proveReboot(machine, request('mmu-on'));
  expect(proof.violations).toEqual([]);
});

test('the firmware keeps whole pages, and nobody maps them', () => {
  const reserved = [{ start: 0x4000_0800n, end: 0x4000_17ffn }];
  const pages = [{ start: 0x4000_0000n, end: 0x4000_1fffn }];
  expect(keptBy({ dtb: new Uint8Array(), reserved })).toEqual({ reserved: pages, unmapped: pages });
});
