import {
  ensureNode,
  type Fdt,
  findNode,
  parseFdt,
  removeNode,
  removeProperty,
  serializeFdt,
  setProperty,
  stringValue,
  u32Value,
  u64Value,
} from '@kexeckit/fdt';
import { type Range, rangeSize } from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import { type Example, example, region } from '../../test/example.ts';
import { halfOf } from '../generations.ts';
import { regionNodeOf, setRegionNode, whyNoRegionNode } from '../region-node.ts';
import type { StrategyName } from '../strategies.ts';
import { readRoles } from './memory-roles.ts';
import { checkRegionNode } from './region-node.ts';
import { lastingEntries } from './reservations.ts';
import { firstTreeDifference } from './same-tree.ts';
import { viewPlan } from './view.ts';
import type { World } from './world.ts';

const NOTE = 'kexeckit,kexec-region';
const lower = halfOf(region, 'lower');
const upper = halfOf(region, 'upper');
const PAGES = 0x40_0000n;

const noted = (fdt: Fdt, { start, end }: Range): void =>
  setProperty(ensureNode(fdt, '/chosen'), NOTE, Uint8Array.from([...u64Value(start), ...u64Value(end - start + 1n)]));

interface Case {
  readonly strategy?: StrategyName;
  /** What the machine's tree has besides. */
  readonly machine?: (fdt: Fdt) => void;
  readonly world?: Partial<World>;
}

const examples = new Map<string, Example>();

/** Nothing here changes them. */
function exampleOf(strategy: StrategyName): Example {
  const found = examples.get(strategy) ?? example(strategy);
  examples.set(strategy, found);
  return found;
}

/** What is said of a next tree: that of the machine, changed. */
function saidOf(change: (fdt: Fdt) => void, { strategy = 'reserved', machine, world: more }: Case = {}): string[] {
  const { plan, image, world: plain } = exampleOf(strategy);
  const tree = parseFdt(plain.dtb);
  machine?.(tree);
  const dtb = serializeFdt(tree);
  const nextRegion = { kexeckernel: 'node', crashkernel: 'anew' } as const;
  const world = { ...plain, nextRegion, ...more, dtb };
  const next = parseFdt(dtb);
  next.reservations = lastingEntries(next, dtb);
  change(next);
  const said: string[] = [];
  const view = viewPlan(plan, image, world, readRoles(plan, world));
  checkRegionNode(next, view, (detail) => said.push(detail));
  const initrd = plan.placement.segments.find(({ name }) => name === 'initrd');
  const place = initrd && { start: initrd.mem, end: initrd.mem + initrd.bufsz - 1n };
  const difference = firstTreeDifference(next, parseFdt(dtb), dtb.length, place);
  return difference === undefined ? said : [...said, difference];
}

type Change = (fdt: Fdt) => void;

const both =
  (first: Change, second: Change): Change =>
  (fdt) => {
    first(fdt);
    second(fdt);
  };

/** The region is told of, with a node for this. */
const half = (range: Range): Change =>
  both(
    (fdt) => noted(fdt, region),
    (fdt) => setRegionNode(fdt, range),
  );

const line =
  (text: string): Change =>
  (fdt) =>
    setProperty(ensureNode(fdt, '/chosen'), 'bootargs', stringValue(text));

/** As a plan for the lower half has it. */
const told = half(upper);

/** A machine whose kernel lives in the upper half, and was told of the lower one: that is its region. */
const laterMachine: Case = {
  machine: half(lower),
  world: {
    roles: [
      { start: 0x4000_0000n, end: lower.start - 1n, role: 'usable', name: 'System RAM' },
      { ...lower, role: 'kexec region', name: 'Kexec kernel' },
      { start: upper.start, end: upper.start + PAGES - 1n, role: 'running kernel', name: 'Kernel code' },
      { start: upper.start + PAGES, end: 0x47ff_ffffn, role: 'usable', name: 'System RAM' },
    ],
  },
};

describe('a kernel that is loaded into a half of the region', () => {
  test('is told of the other half, in the first generation and in later ones', () => {
    expect(saidOf(told)).toEqual([]);
    expect(saidOf(told, laterMachine)).toEqual([]);
  });

  test.each<[what: string, change: (fdt: Fdt) => void, said: RegExp]>([
    ['of nothing', () => {}, /does not tell of the region/],
    ['of the region only', (fdt) => noted(fdt, region), /it has no region, and the half .* is 0x46800000/],
    ['of the node only', (fdt) => setRegionNode(fdt, upper), /does not tell of the region/],
    ['of the half that it stands in', half(lower), /kexec-region@46000000/],
    ['of the whole region', half(region), /kexec-region@46000000/],
    [
      'of half a half',
      half({ start: upper.start, end: upper.start + PAGES - 1n }),
      /the half for the kernel after it is 0x46800000 to 0x46ffffff/,
    ],
    [
      'of a region that reaches into System RAM',
      (fdt) => {
        const wide = { start: region.start, end: region.end + rangeSize(region) };
        noted(fdt, wide);
        setRegionNode(fdt, halfOf(wide, 'upper'));
      },
      /tells of a region from 0x46000000 to 0x47ffffff, which is not the machine's/,
    ],
    [
      'of a region that it is not in',
      (fdt) => {
        noted(fdt, { start: 0x4000_0000n, end: 0x40ff_ffffn });
        setRegionNode(fdt, { start: 0x4080_0000n, end: 0x40ff_ffffn });
      },
      /its segments are in no half/,
    ],
    ['with a limit of memory', both(told, line('quiet mem=64M')), /mem=/],
  ])('is not %s', (_, change, said) => {
    expect(saidOf(change).join('\n')).toMatch(said);
  });

  test.each<[what: string, spoil: (node: string, fdt: Fdt) => void]>([
    ['without no-map', (node, fdt) => removeProperty(ensureNode(fdt, node), 'no-map')],
    ['disabled', (node, fdt) => setProperty(ensureNode(fdt, node), 'status', stringValue('disabled'))],
    ['for a driver', (node, fdt) => setProperty(ensureNode(fdt, node), 'compatible', stringValue('shared-dma-pool'))],
    ['with two ranges', (node, fdt) => setProperty(ensureNode(fdt, node), 'reg', new Uint8Array(32).fill(0x20))],
    ['under another name', (node, fdt) => Object.assign(ensureNode(fdt, node), { name: 'kexec-region@0' })],
    ['beside a second one', (_, fdt) => twin(fdt)],
    ['where Linux does not read it', (_, fdt) => removeProperty(ensureNode(fdt, '/reserved-memory'), 'ranges')],
    ['with other cells', (_, fdt) => setProperty(ensureNode(fdt, '/reserved-memory'), '#size-cells', u32Value(1))],
  ])('is not told by a node %s', (_, spoil) => {
    const said = saidOf((fdt) => {
      told(fdt);
      spoil('/reserved-memory/kexec-region@46800000', fdt);
    });
    expect(said.join('\n')).toMatch(/it has no region/);
    expect(said.join('\n')).toMatch(/it has \/reserved-memory, and the machine's has not/);
  });

  test('is not told while the node of the machine stays, or goes', () => {
    const second = (fdt: Fdt): void => {
      setRegionNode(fdt, undefined);
      setRegionNode(fdt, lower);
    };
    expect(saidOf(both(told, second), laterMachine).join()).toMatch(/kexec-region@46000000/);
    expect(saidOf((fdt) => setRegionNode(fdt, undefined), laterMachine).join()).toMatch(/it has no region/);
  });
});

describe('a kernel that is loaded elsewhere', () => {
  const free = { start: 0x4100_0000n, end: 0x417f_ffffn };
  const noRegion: Case = {
    strategy: 'crash-region',
    world: {
      roles: [
        { start: 0x4000_0000n, end: 0x401f_ffffn, role: 'running kernel', name: 'Kernel code' },
        { start: 0x4020_0000n, end: 0x45ff_ffffn, role: 'usable', name: 'System RAM' },
        { start: 0x4600_0000n, end: 0x46ff_ffffn, role: 'reserved', name: 'reserved' },
        { start: 0x4700_0000n, end: 0x47ff_ffffn, role: 'crash region', name: 'Crash kernel' },
      ],
    },
  };

  test('may be told of a first region, in free RAM', () => {
    expect(saidOf((fdt) => setRegionNode(fdt, free), noRegion)).toEqual([]);
    expect(saidOf(() => {}, noRegion)).toEqual([]);
  });

  const parent = (fdt: Fdt): ReturnType<typeof ensureNode> => ensureNode(fdt, '/reserved-memory');

  const nodeOf = (fdt: Fdt): ReturnType<typeof ensureNode> => ensureNode(fdt, '/reserved-memory/kexec-region@41000000');
  const reg = (start: bigint): Uint8Array => Uint8Array.from([...u64Value(start), ...u64Value(0x80_0000n)]);

  test('in a /reserved-memory that Linux ignores, where it is empty: what that lacks is added', () => {
    for (const lacks of ['ranges', '#address-cells', '#size-cells']) {
      const machine = (fdt: Fdt): void => {
        for (const [name, value] of [
          ['ranges', new Uint8Array()],
          ['#address-cells', u32Value(2)],
          ['#size-cells', u32Value(2)],
        ] as const)
          if (name !== lacks) setProperty(parent(fdt), name, value);
      };
      const next = (fdt: Fdt): void => {
        setRegionNode(fdt, free);
        expect(regionNodeOf(fdt)).toEqual(free);
      };
      expect(saidOf(next, { ...noRegion, machine })).toEqual([]);
    }
  });

  test.each<[why: string, spoil: Change, message: RegExp]>([
    [
      'off 2 MiB',
      (fdt) => setProperty(nodeOf(fdt), 'reg', reg(0x4100_1000n)),
      /has kexec-region@\S+, which keeps nothing/,
    ],
    [
      'of several',
      (fdt) => parent(fdt).children.push({ ...nodeOf(fdt), name: 'kexec-region@42000000' }),
      /, and there may/,
    ],
  ])('nor beside a node of its name that is none: %s', (_, spoil, message) => {
    const fdt = parseFdt(exampleOf('crash-region').world.dtb);
    setRegionNode(fdt, free);
    expect(whyNoRegionNode(fdt)).toBeUndefined();
    spoil(fdt);
    expect(whyNoRegionNode(fdt)).toMatch(message);
    expect(() => setRegionNode(fdt, free)).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: expect.stringMatching(message) }),
    );
  });

  test.each<[why: string, spoil: Change, message: RegExp]>([
    ['no ranges', (fdt) => removeProperty(parent(fdt), 'ranges'), /Linux ignores .* it has no ranges/],
    ['other cells', (fdt) => setProperty(parent(fdt), '#size-cells', u32Value(1)), /its cells are not the root's/],
  ])('but not beside what Linux ignores there: %s', (_, spoil, message) => {
    const fdt = parseFdt(exampleOf('crash-region').world.dtb);
    setRegionNode(fdt, free);
    Object.assign(ensureNode(fdt, '/reserved-memory/kexec-region@41000000'), { name: 'buffer@41000000' });
    expect(whyNoRegionNode(fdt)).toBeUndefined();
    spoil(fdt);
    expect(whyNoRegionNode(fdt)).toMatch(message);
    const before = serializeFdt(fdt);
    expect(() => setRegionNode(fdt, free)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(serializeFdt(fdt)).toEqual(before);
  });

  test('but not in memory that somebody has, or that is none', () => {
    for (const start of [0x4680_0000n, 0x8_0000_0000n]) {
      const said = saidOf((fdt) => setRegionNode(fdt, { start, end: start + PAGES - 1n }), noRegion);
      expect(said.join()).toMatch(/takes memory that is not free for it/);
    }
  });

  test('keeps the region that the machine has', () => {
    const machine = { strategy: 'crash-region', machine: (fdt: Fdt) => setRegionNode(fdt, region) } as const;
    expect(saidOf(() => {}, machine)).toEqual([]);
    expect(saidOf((fdt) => setRegionNode(fdt, undefined), machine).join()).toMatch(/it has no region/);
    expect(saidOf((fdt) => setRegionNode(fdt, free), machine).join()).toMatch(/the machine kexec-region@46000000/);
    // Where a parameter tells of regions, no node does.
    expect(saidOf((fdt) => setRegionNode(fdt, free), { world: { nextRegion: undefined } }).join()).toMatch(
      /the machine no region/,
    );
  });

  test('still reads ACPI tables, where its tree is a stub', () => {
    const stub = (fdt: Fdt): void => {
      fdt.root.children = fdt.root.children.filter(({ name }) => name === 'chosen');
    };
    const machine = { ...noRegion, machine: stub };
    const withNode = (text: string) => both((fdt) => setRegionNode(fdt, free), line(text));
    expect(saidOf(withNode('quiet'), machine).join()).toMatch(/no acpi=force/);
    expect(saidOf(withNode('quiet acpi=force'), machine)).toEqual([]);
  });
});

test('a node goes, and what was made for it', () => {
  const fdt = parseFdt(example().world.dtb);
  const before = serializeFdt(fdt);
  setRegionNode(fdt, lower);
  setRegionNode(fdt, upper);
  expect(findNode(fdt, '/reserved-memory')?.children).toHaveLength(1);
  setRegionNode(fdt, undefined);
  expect(serializeFdt(fdt)).toEqual(before);
});

test('a node that Linux would not read is not written', () => {
  const fdt = parseFdt(example().world.dtb);
  ensureNode(fdt, '/reserved-memory/buffer@46000000');
  expect(() => setRegionNode(fdt, upper)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  removeNode(fdt, '/reserved-memory');
  expect(() => setRegionNode(fdt, { start: upper.start + 0x1000n, end: upper.end })).toThrow(/kexec-region@46801000/);
});

/** The same node again, for other memory. */
function twin(fdt: Fdt): void {
  const parent = ensureNode(fdt, '/reserved-memory');
  const [first] = parent.children;
  if (first === undefined) throw new Error('there is no node');
  parent.children.push({ ...first, name: 'kexec-region@46000000' });
}
