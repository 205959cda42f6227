import { walk } from '@kexeckit/arm64-pgtable';
import type { Role } from '@kexeckit/ioport';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { example, moving } from '../../test/example.ts';
import { CopyRuns } from '../copy-runs.ts';
import { addressOf, pfnOf } from '../page.ts';
import { copiesOf, type PlacementPlan, type StagePlan } from '../stage.ts';
import { type StrategyName, strategies } from '../strategies.ts';
import { invariants, type Violation } from './invariants.ts';
import { prove } from './prove.ts';

/** The violations after something was broken; `break_` may change memory in place or give back another plan. */
function broken(
  break_: (made: ReturnType<typeof example>) => StagePlan | undefined,
  strategy: StrategyName = 'mmu-on',
): readonly Violation[] {
  const made = example(strategy);
  const plan = break_(made) ?? made.plan;
  return prove(plan, made.image, made.contents, made.world).violations;
}

const pageOf = (made: ReturnType<typeof example>, owner: string, index = 0): { pfn: number; bytes: Uint8Array } => {
  const pages = made.plan.controlPages.filter((page) => page.owner === owner);
  const pfn = pages[index]?.pfn ?? -1;
  return { pfn, bytes: made.image.writable(pfn) };
};

/** The two halves of the descriptor that maps an address, in the loaded tables. */
function descriptorWords(made: ReturnType<typeof example>, address: bigint): Uint32Array {
  const { translation } = made.plan;
  if (translation === undefined) throw new Error('no tables');
  const page = (pfn: number): Uint32Array => new Uint32Array(made.image.writable(pfn).buffer);
  const found = walk(
    translation.space,
    pfnOf(translation.registers.ttbr),
    {
      descriptor: (table, index) => ({ low: page(table)[2 * index] ?? 0, high: page(table)[2 * index + 1] ?? 0 }),
    },
    pfnOf(address),
  );
  const step = found.steps.at(-1);
  return page(step?.table ?? -1).subarray(2 * (step?.index ?? 0));
}

/** Words of routine and vectors, as they stand in memory: up to the last that is not zero, or the other half of that literal. */
function codeWords({ controlPages }: StagePlan, image: ReturnType<typeof example>['image']): number {
  return controlPages
    .filter(({ owner }) => owner === 'routine' || owner === 'vectors')
    .map(({ pfn }) => new Uint32Array(image.writable(pfn).buffer).findLastIndex((word) => word !== 0) + 1)
    .reduce((sum, words) => sum + words + (words % 2), 0);
}

describe('a sound plan', () => {
  test.each(strategies.flatMap((strategy) => ([1, 2] as const).map((level) => ({ ...strategy, level }))))(
    'is proved: $name at EL$level',
    ({ name, region, delivers, level }) => {
      const { plan, image, contents, world } = example(name, level);
      const proof = prove(plan, image, contents, world);
      expect(proof.violations).toEqual([]);
      expect(proof.checks.map(({ invariant }) => invariant)).toEqual(Object.keys(invariants));
      const counts = proof.checks.map(({ invariant, checked, unit }) => [invariant, `${checked} ${unit}`]);
      const counted = Object.fromEntries(counts);
      expect(counted.numbers).toBe('1 plan');
      expect(counted.machine).toBe('7 properties');
      expect(counted.segments).toBe('774 pages');
      expect(counted.content).toBe('774 pages');
      const copies = region === undefined && !delivers ? 774 : 0;
      expect(counted['entry list']).toBe(`${copies} pages`);
      expect(counted.sources).toBe(`${copies} pages`);
      expect(counted.routine).toBe(`${codeWords(plan, image)} words`);
    },
  );
});

describe('what the running kernel delivers', () => {
  test('needs no cleaning by the loader, and may go over the running kernel itself', () => {
    const { plan, image, contents, world } = example('kernel');
    expect(plan.cleanAtLoad).toHaveLength(1);
    const [kernel] = plan.placement.segments;
    const span = { start: kernel?.mem ?? 0n, end: (kernel?.mem ?? 0n) + (kernel?.memsz ?? 0n) - 1n };
    const roles = world.roles.flatMap((role) =>
      role.start < span.start && span.end < role.end
        ? [
            { ...role, end: span.start - 1n },
            { ...span, role: 'running kernel' as const, name: 'Kernel code' },
            { ...role, start: span.end + 1n },
          ]
        : [role],
    );
    expect(prove(plan, image, contents, { ...world, roles }).violations).toEqual([]);
  });

  test.each<[where: string, role: Role]>([
    ['reserved memory', 'reserved'],
    ['a crash region', 'crash region'],
  ])('does not go to %s', (_, role) => {
    const { plan, image, contents, world } = example('kernel');
    const roles = world.roles.map((span) => ({ ...span, role }));
    const { violations } = prove(plan, image, contents, { ...world, roles });
    expect(violations.map(({ invariant, owners }) => [invariant, owners[0]])).toContainEqual(['roles', 'kernel']);
  });

  test('is delivered by this strategy only', () => {
    const violations = broken((made) => ({ ...made.plan, strategy: 'reserved' }), 'kernel');
    expect(violations.map(({ detail }) => detail)).toContain('nobody brings it there by this strategy');
  });

  test('lies where no page of the routine lies', () => {
    const violations = broken((made) => {
      const [kernel, ...rest] = made.plan.placement.segments;
      if (kernel === undefined) return undefined;
      const moved = { ...kernel, mem: addressOf(pageOf(made, 'routine').pfn) };
      return { ...made.plan, placement: { ...made.plan.placement, segments: [moved, ...rest] } };
    }, 'kernel');
    expect(violations.map(({ invariant }) => invariant)).toContain('control pages');
  });
});

describe('what is broken is named', () => {
  test('a table entry with any one wrong bit', () => {
    const { plan, image, contents, world } = example();
    const pages = plan.controlPages.filter(({ owner }) => owner === 'table');
    for (const [number, { pfn }] of pages.entries()) {
      const bytes = image.writable(pfn);
      const at = bytes.findIndex((byte) => byte !== 0);
      if (at < 0) throw new Error('an empty table');
      // Valid, table or block, AttrIndx, AP[2] (read-only), SH, AF; then an address bit.
      for (const [byte, bit] of [
        [0, 1],
        [0, 2],
        [0, 4],
        [0, 0x80],
        [1, 1],
        [1, 4],
        [2, 0x10],
      ] as const) {
        bytes[at - (at % 8) + byte] = (bytes[at - (at % 8) + byte] ?? 0) ^ bit;
        const named = prove(plan, image, contents, world).violations.map(({ invariant, address }) => ({
          invariant,
          address,
        }));
        expect(named, `table ${number}, byte ${byte}, bit ${bit}`).toContainEqual({
          invariant: 'loaded',
          address: addressOf(pfn),
        });
        bytes[at - (at % 8) + byte] = (bytes[at - (at % 8) + byte] ?? 0) ^ bit;
      }
    }
    expect(prove(plan, image, contents, world).violations).toEqual([]);
  });

  test('a destination that is mapped read-only, by page or by block', () => {
    for (const [address, detail] of [
      [0x4020_0000n, 'read-only'],
      [0x4030_0000n, 'read-only'],
    ] as const) {
      const violations = broken((made) => {
        const words = descriptorWords(made, address);
        words[0] = (words[0] ?? 0) ^ 0x80;
        return undefined;
      });
      const found = violations.find(({ invariant }) => invariant === 'mappings');
      expect(found?.detail).toContain(detail);
      expect(found?.owners).toEqual(['kernel']);
    }
  });

  test('a table entry that leads outside System RAM', () => {
    const violations = broken((made) => {
      for (const { pfn, owner } of made.plan.controlPages) {
        if (owner !== 'table') continue;
        const words = new Uint32Array(made.image.writable(pfn).buffer);
        const free = words.findIndex((_, index) => index % 2 === 0 && words[index] === 0 && words[index + 1] === 0);
        if (free < 0) continue;
        words.set([0x0000_0701, 0x0060_0008], free);
        return undefined;
      }
      return undefined;
    });
    expect(violations.map(({ invariant }) => invariant)).toContain('nothing else mapped');
  });

  test('tables that go round in a circle', () => {
    const violations = broken((made) => {
      const { pfn, bytes } = pageOf(made, 'table');
      new DataView(bytes.buffer).setBigUint64(8 * 50, addressOf(pfn) | 3n, true);
      return undefined;
    });
    expect(violations.some(({ detail }) => detail.includes('reached twice'))).toBe(true);
  });

  test('a source page that an earlier copy clobbers: the page and its two owners', () => {
    const violations = broken(({ plan }) => {
      const [first, ...rest] = copiesOf(plan);
      const initrd = plan.placement.segments[1];
      if (first === undefined || initrd === undefined) return undefined;
      return { ...moving(plan), copies: CopyRuns.of([{ ...first, source: pfnOf(initrd.mem) }, ...rest]) };
    });
    const clobbered = violations.find(({ invariant }) => invariant === 'sources');
    expect(clobbered).toMatchObject({ address: 0x4050_0000n, owners: ['source of kernel', 'initrd'] });
  });

  test('two destinations that share a source: both are told', () => {
    const violations = broken(({ plan }) => {
      const [first, second, ...rest] = copiesOf(plan);
      if (first === undefined || second === undefined) return undefined;
      return { ...moving(plan), copies: CopyRuns.of([first, { ...second, source: first.source }, ...rest]) };
    });
    const shared = violations.find(({ invariant }) => invariant === 'sources');
    expect(shared).toMatchObject({
      detail: 'two destinations share a source',
      owners: ['source of kernel', 'source of page 0x40200'],
    });
  });

  test('a list that reads a page after it has written it', () => {
    let first = 0;
    const violations = broken((made) => {
      const words = new BigUint64Array(pageOf(made, 'entry list').bytes.buffer);
      // The tenth run of the list, whose pages all come from where the first one went.
      const [run] = [...copiesOf(made.plan)].slice(8);
      words.set([0x4020_0008n], 9);
      first = run?.destination ?? 0;
      return undefined;
    });
    expect(violations.find(({ invariant }) => invariant === 'order')).toEqual({
      invariant: 'order',
      address: 0x4020_0000n,
      owners: [`source of page 0x${first.toString(16)}`],
      detail: 'it was overwritten before it is read',
    });
  });

  test('one wrong byte in a source page', () => {
    const violations = broken((made) => {
      const page = made.image.writable(copiesOf(made.plan).at(0)?.source ?? -1);
      page[1234] = (page[1234] ?? 0) ^ 1;
      return undefined;
    });
    expect(violations).toMatchObject([{ invariant: 'content', address: 0x4020_0000n, owners: ['kernel'] }]);
    expect(violations[0]?.detail).toContain('byte 1234 of kernel');
  });

  test('padding that is not zero, in place too', () => {
    for (const strategy of ['mmu-on', 'reserved'] as const) {
      const violations = broken((made) => {
        const last = made.plan.placement.segments[1];
        const pfn = pfnOf((last?.mem ?? 0n) + 0x4000n);
        const run = [...copiesOf(made.plan)].find(
          ({ destination, pages }) => destination <= pfn && pfn < destination + pages,
        );
        const holder = run === undefined ? pfn : run.source + pfn - run.destination;
        made.image.writable(holder).set([1], 4095);
        return undefined;
      }, strategy);
      expect(violations).toMatchObject([{ invariant: 'content', owners: ['initrd'] }]);
    }
  });

  test('entries that are swapped', () => {
    const violations = broken((made) => {
      const words = new BigUint64Array(pageOf(made, 'entry list').bytes.buffer);
      const [one = 0n, other = 0n] = [words[1] ?? 0n, words[40] ?? 0n];
      words.set([other], 1);
      words.set([one], 40);
      return undefined;
    });
    // Two runs of different lengths: every page behind the first goes wrong.
    expect(new Set(violations.map(({ invariant }) => invariant))).toEqual(new Set(['entry list', 'loaded']));
    expect(violations[0]).toMatchObject({
      address: 0x4020_0000n,
      owners: ['kernel', expect.stringContaining('planned')],
    });
  });

  test('a list that ends early, that leads nowhere, that never ends', () => {
    const poke = (word: (pfn: number) => bigint): readonly Violation[] =>
      broken((made) => {
        const { pfn, bytes } = pageOf(made, 'entry list');
        new DataView(bytes.buffer).setBigUint64(8 * 3, word(pfn), true);
        return undefined;
      });
    expect(poke(() => 4n)[0]).toMatchObject({ invariant: 'entry list', detail: 'nothing is copied to this page' });
    expect(poke(() => 0x5_0000_0002n)[0]?.detail).toContain('holds no list');
    expect(poke((pfn) => addressOf(pfn) | 2n)[0]?.detail).toContain('does not end');
    expect(poke(() => 0n)[0]?.detail).toContain('of no known kind');
  });

  test('a control page inside a destination', () => {
    const violations = broken(({ plan, image }) => {
      const [first, ...rest] = plan.controlPages;
      if (first === undefined) return undefined;
      const pfn = pfnOf(0x4020_3000n);
      image.store(pfn, first.bytes);
      return { ...plan, controlPages: [{ ...first, pfn }, ...rest] };
    });
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'control pages', address: 0x4020_3000n, owners: ['routine', 'kernel'] }),
    );
  });

  test('one wrong word of the routine', () => {
    const violations = broken((made) => {
      const words = new Uint32Array(pageOf(made, 'routine').bytes.buffer);
      words[20] = (words[20] ?? 0) ^ 1;
      return undefined;
    });
    expect(violations.find(({ invariant }) => invariant === 'routine')?.detail).toContain('word 20');
  });

  test('an in-place segment that nobody cleans', () => {
    const violations = broken(({ plan }) => ({ ...plan, cleanAtLoad: plan.cleanAtLoad.slice(0, 1) }), 'reserved');
    expect(violations[0]).toMatchObject({ invariant: 'cleaned', owners: ['kernel'] });
  });

  test('sources that are read with the MMU off and were not cleaned', () => {
    const violations = broken(({ plan }) => ({ ...plan, cleanAtLoad: plan.cleanAtLoad.slice(0, 5) }), 'mmu-off');
    expect(violations[0]?.invariant).toBe('cleaned');
  });

  test('a purgatory that should have moved something', () => {
    const violations = broken(({ plan }) => {
      const [kernel, ...rest] = plan.placement.segments;
      if (kernel === undefined) return undefined;
      return { ...plan, placement: { ...plan.placement, segments: [{ ...kernel, placement: 'copied' }, ...rest] } };
    }, 'reserved');
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'entry list', detail: 'nothing is copied to this page' }),
    );
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'content', detail: 'nothing was loaded for it' }),
    );
  });

  test('a page that is cleaned only in part', () => {
    const violations = broken(({ plan }) => {
      const [routine, ...rest] = plan.cleanAtLoad;
      if (routine === undefined) return undefined;
      return { ...plan, cleanAtLoad: [{ start: routine.start, end: routine.end - 64n }, ...rest] };
    });
    expect(violations).toMatchObject([
      { invariant: 'cleaned', owners: ['routine'] },
      { invariant: 'cleaned', detail: 'a range is not whole pages' },
    ]);
  });

  test('an entry point and a device tree that break the boot protocol', () => {
    const replaced = (change: (placement: PlacementPlan) => Partial<PlacementPlan>): readonly Violation[] =>
      broken(({ plan }) => ({ ...plan, placement: { ...plan.placement, ...change(plan.placement) } }));
    expect(replaced(() => ({ entry: 0x4700_0000n })).some(({ owners }) => owners[0] === 'entry')).toBe(true);
    expect(replaced(({ dtb }) => ({ dtb: dtb + 4n })).some(({ detail }) => detail.includes('8-byte'))).toBe(true);
  });
});

test('contents that are not those of the plan are refused', () => {
  const { plan, image, contents, world } = example();
  for (const wrong of [new Map(), new Map([...contents, ['initrd', new Uint8Array(3)]])])
    expect(prove(plan, image, wrong, world).violations).toContainEqual(
      expect.objectContaining({ invariant: 'content', detail: expect.stringContaining('it was planned with') }),
    );
});

describe('a single change anywhere is found', () => {
  test.each(strategies)('of any byte that was loaded: $name', ({ name }) => {
    const { plan, image, contents, world } = example(name);
    const pfns = [...image.pages()].map(([pfn]) => pfn);
    fc.assert(
      fc.property(
        fc.constantFrom(...pfns),
        fc.integer({ min: 0, max: 4095 }),
        fc.integer({ min: 1, max: 255 }),
        (pfn, at, change) => {
          const page = image.writable(pfn);
          page[at] = (page[at] ?? 0) ^ change;
          const { violations } = prove(plan, image, contents, world);
          page[at] = (page[at] ?? 0) ^ change;
          expect(violations.map(({ invariant }) => invariant)).toEqual(
            expect.arrayContaining([plan.controlPages.some((page) => page.pfn === pfn) ? 'loaded' : 'content']),
          );
        },
      ),
      { numRuns: 25, seed: 8 },
    );
    expect(prove(plan, image, contents, world).violations).toEqual([]);
  });

  test('of any run of copies: source, destination or length', () => {
    const { plan, image, contents, world } = example();
    const relocation = moving(plan);
    const runs = [...relocation.copies];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: runs.length - 1 }),
        fc.constantFrom('source', 'destination', 'pages'),
        fc.constantFrom(-1, 1, 0x1000),
        (index, field, change) => {
          const changed = runs.map((run, at) => (at === index ? { ...run, [field]: run[field] + change } : run));
          const copies = CopyRuns.of(changed);
          expect(prove({ ...relocation, copies }, image, contents, world).violations).not.toEqual([]);
        },
      ),
      { numRuns: 40, seed: 8 },
    );
  });

  test('that is told where it is, byte and page, in the middle of pages that stand together', () => {
    const { plan, image, contents, world } = example('reserved');
    const first = pfnOf(plan.placement.segments[0]?.mem ?? 0n);
    for (const page of [3, 4, 300]) image.writable(first + page)[page] = 0xee;
    const { violations, checks } = prove(plan, image, contents, world);
    expect(violations.map(({ address }) => address)).toEqual([3, 4, 300].map((page) => addressOf(first + page)));
    expect(violations.map(({ detail }) => detail.split(' ', 2).join(' '))).toEqual([
      'byte 12291',
      'byte 16388',
      'byte 1229100',
    ]);
    expect(checks.find(({ invariant }) => invariant === 'content')?.violations).toBe(3);
  });
});

describe('whatever a plan contains, the answer is violations', () => {
  const numbers = [Number.NaN, -1, 0.5, 2 ** 40, 2 ** 53, Number.POSITIVE_INFINITY, 0, 1];
  const addresses = [-1n, 0n, 1n, 0xfffn, 1n << 48n, (1n << 52n) - 1n, 1n << 60n, (1n << 64n) - 1n, 1n << 200n];

  /** Every number of a plan: what holds it, its key there, and its way from the plan. */
  function* places(holder: object, way = ''): Generator<readonly [holder: object, key: string, way: string]> {
    for (const [key, inner] of Object.entries(holder)) {
      const name = Array.isArray(holder) ? way : `${way}.${key}`;
      if (typeof inner === 'number' || typeof inner === 'bigint') yield [holder, key, name];
      else if (typeof inner === 'object' && inner !== null && !ArrayBuffer.isView(inner)) yield* places(inner, name);
    }
  }

  test.each(strategies)('in the place of any of its numbers: $name', ({ name }) => {
    const { plan, image, contents, world } = example(name);
    const passed = new Set<string>();
    for (const [holder, key, way] of [...places(plan)]) {
      const was: unknown = Reflect.get(holder, key);
      for (const wrong of typeof was === 'number' ? numbers : addresses) {
        if (wrong === was) continue;
        Reflect.set(holder, key, wrong);
        if (prove(plan, image, contents, world).violations.length === 0) passed.add(way);
      }
      Reflect.set(holder, key, was);
    }
    // Less RAM than there is is not wrong.
    const unread = ['.placement.ram.start', '.placement.ram.end'];
    expect([...passed].filter((way) => !unread.includes(way))).toEqual([]);
    expect(prove(plan, image, contents, world).violations).toEqual([]);
  });
});
