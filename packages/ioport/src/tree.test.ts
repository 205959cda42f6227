import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type NaiveResource,
  naiveFind,
  naiveIntersects,
  naiveList,
  naiveLookup,
  naiveRelease,
  naiveRequest,
} from '../bench/naive-list.ts';
import {
  adjustResource,
  allocateResource,
  createResource,
  createTree,
  findResourceSpace,
  formatResource,
  IORESOURCE,
  IoportError,
  insertResource,
  insertResourceConflict,
  insertResourceExpandToFit,
  lookupResource,
  mergeSystemRamResource,
  type Resource,
  regionIntersects,
  releaseChildResources,
  releaseMemRegionAdjustable,
  releaseRegion,
  releaseResource,
  removeResource,
  requestRegion,
  requestResourceConflict,
  reserveRegionWithSplit,
  resourceIsExclusive,
  resourceLines,
  walkSystemRamRes,
} from './index.ts';
import { familyOf } from './resource.ts';
import { treeFaults } from './testing/invariants.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 60 });

const MAX = 0xffff_ffff_ffff_ffffn;
const ANY = { flags: 0, desc: 0 };

/** Where address arithmetic could go wrong: at 0, where doubles stop being exact, at the top. */
const bases = fc.constantFrom(0n, (1n << 53n) - 0x4000n, (1n << 63n) + 1n, MAX - 0xffffn);

/** Wide, and so crowded that a search has to pass many full stretches. */
const spans = fc.constantFrom(0xff00, 0x1000);

interface Step {
  kind: number;
  at: number;
  size: number;
  pick: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat({ max: 19 }),
  at: fc.nat({ max: 0xff00 }),
  size: fc.integer({ min: 1, max: 40 }),
  pick: fc.nat({ max: 5000 }),
});
const steps = fc.array(step, { minLength: 300, maxLength: 900 });

describe('one level against a naive list', () => {
  test('requests, releases, lookups, searches and intersections agree', () => {
    fc.assert(
      fc.property(bases, spans, steps, (base, span, sequence) => {
        const { root } = createTree();
        const list = naiveList(0n, MAX);
        const live: [Resource, NaiveResource][] = [];
        for (const { kind, at, size, pick } of sequence) {
          const start = base + BigInt(at % span);
          const end = start + BigInt(size) - 1n;
          if (kind < 11) {
            const resource = createResource({ name: 'r', start, end });
            const naive: NaiveResource = { name: 'r', start, end, next: null };
            const conflict = requestResourceConflict(root, resource);
            const naiveConflict = naiveRequest(list, naive);
            expect(conflict?.start).toBe(naiveConflict?.start);
            if (!conflict) live.push([resource, naive]);
          } else if (kind < 14) {
            const [picked] = live.splice(pick % Math.max(live.length, 1), 1);
            if (picked) expect([releaseResource(picked[0]) === 0]).toEqual([naiveRelease(list, picked[1])]);
          } else if (kind < 16) {
            expect(lookupResource(root, start)?.end).toBe(naiveLookup(list, start)?.end);
            const met = regionIntersects(root, start, BigInt(size), ANY) !== 'DISJOINT';
            expect(met).toBe(naiveIntersects(list, start, end));
          } else {
            const align = 1n << BigInt(pick % 6);
            const max = base + BigInt(span) + 63n;
            const wanted = BigInt(size * (1 + (pick % 13)));
            const place = findResourceSpace(root, { size: wanted, align, min: start, max });
            expect(place).toEqual(naiveFind(list, wanted, align, start, max));
          }
        }
        expect(treeFaults(root)).toEqual([]);
      }),
    );
  });
});

describe('hundreds of siblings without room', () => {
  test('the only hole is found wherever it opens, in front of a sibling that was put back too', () => {
    const { root } = createTree();
    const slots = Array.from({ length: 300 }, (_, i) =>
      createResource({ name: `s${i}`, start: BigInt(i) * 64n, end: BigInt(i) * 64n + 63n }),
    );
    for (const slot of slots) requestResourceConflict(root, slot);
    const request = { size: 64n, max: 300n * 64n - 1n };
    for (const [index, slot] of slots.entries()) {
      expect(findResourceSpace(root, request)).toBeNull();
      const next = slots[index + 1];
      releaseResource(slot);
      if (next) {
        releaseResource(next);
        requestResourceConflict(root, next);
      }
      expect(findResourceSpace(root, request)?.start).toBe(slot.start);
      requestResourceConflict(root, slot);
    }
    expect(treeFaults(root)).toEqual([]);
  });
});

describe('thousands of siblings, packed tightly', () => {
  /** Four bytes lie between neighbours: a search fails all along, until something is released or shrunk. */
  const SLOT = 64n;
  const COUNT = 6000;

  test.each([1, 2, 3])('searches stay exact while runs of them come and go (%i)', (seed) => {
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    const { root } = createTree();
    const slots = Array.from({ length: COUNT }, (_, i) => {
      const start = BigInt(i) * SLOT;
      return createResource({ name: `s${i}`, start, end: start + SLOT - 5n });
    });
    for (const slot of slots) requestResourceConflict(root, slot);
    const lowest = (size: bigint, align: bigint): bigint | undefined => {
      let from = 0n;
      for (const slot of slots) {
        if (!slot.parent) continue;
        const start = (from + align - 1n) & -align;
        if (start + size <= slot.start) return start;
        from = slot.end + 1n;
      }
      return undefined;
    };
    const max = BigInt(COUNT) * SLOT - 5n;
    for (let round = 0; round < 60; round++) {
      const first = random(COUNT);
      const run = slots.slice(first, first + random(round % 5 === 0 ? 400 : 6));
      for (const slot of run) {
        if (!slot.parent) requestResourceConflict(root, slot);
        else if (random(3) === 0) adjustResource(slot, slot.start + BigInt(random(4)), BigInt(1 + random(50)));
        else releaseResource(slot);
      }
      for (const [size, align] of [
        [5n, 1n],
        [20n, 8n],
        [61n, 1n],
        [100n, 64n],
        [2000n, 256n],
      ] as const) {
        const found = findResourceSpace(root, { size, align, max })?.start;
        const expected = lowest(size, align);
        if (found !== expected) expect(found, `round ${round}, size ${size}`).toBe(expected);
      }
      expect(treeFaults(root), `round ${round}`).toEqual([]);
    }
    for (const slot of slots) releaseResource(slot);
    expect(treeFaults(root)).toEqual([]);
    expect(root.family?.index).toBeNull();
  });
});

/** Does one step to a tree and tells what came of it. */
function perform(root: Resource, known: Resource[], base: bigint, { kind, at, size, pick }: Step): unknown {
  const start = base + BigInt(at);
  const bytes = BigInt(size);
  const flags = pick % 3 === 0 ? IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY : IORESOURCE.MEM;
  const resource = createResource({
    name: `r${pick % 7}`,
    start,
    end: start + bytes * BigInt((pick % 9) + 1) - 1n,
    flags,
  });
  const picked = known[pick % Math.max(known.length, 1)];
  const linked = picked?.parent ? picked : undefined;
  switch (kind) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      known.push(resource);
      return requestResourceConflict(root, resource)?.start;
    case 5:
    case 6:
    case 7:
      known.push(resource);
      return insertResourceConflict(root, resource)?.start;
    case 8: {
      known.push(resource);
      return insertResourceExpandToFit(root, resource);
    }
    case 9:
      return linked && releaseResource(linked);
    case 10:
      return linked && removeResource(linked);
    case 11:
      return linked && adjustResource(linked, linked.start + BigInt((pick % 5) - 2), bytes);
    case 12:
      return (
        linked?.parent === root &&
        allocateResource(root, linked, { size: bytes, min: base, max: base + 0xffffn, align: 4n })
      );
    case 13: {
      const { resource: region } = requestRegion(root, start, bytes, 'region');
      if (region) known.push(region);
      return region && formatResource(region);
    }
    case 14:
      return linked && releaseRegion(root, linked.start, linked.end - linked.start + 1n);
    case 15:
      return linked && releaseMemRegionAdjustable(root, linked.start + BigInt(pick % 3), bytes);
    case 16:
      return linked && mergeSystemRamResource(linked);
    case 17:
      return reserveRegionWithSplit(root, start, start + bytes * 8n, 'split');
    case 18:
      return linked && releaseChildResources(linked);
    default:
      return [
        regionIntersects(root, start, bytes * 20n, { flags: IORESOURCE.SYSTEM_RAM, desc: 0 }),
        resourceIsExclusive(root, start, bytes),
        walkSystemRamRes(root, { start, end: start + bytes * 20n }, () => 0),
        findResourceSpace(root, { size: bytes * 16n, min: base, align: 8n }),
      ];
  }
}

describe('trees against trees without an index', () => {
  test('any sequence of operations gives the same answers and the same tree, in order and nested', () => {
    fc.assert(
      fc.property(bases, steps, (base, sequence) => {
        const indexed = createTree().root;
        const walked = createTree().root;
        familyOf(walked).irregular = true;
        const [mine, theirs]: [Resource[], Resource[]] = [[], []];
        for (const one of sequence) {
          expect(perform(indexed, mine, base, one)).toEqual(perform(walked, theirs, base, one));
          familyOf(walked).irregular = true;
        }
        expect(resourceLines(indexed)).toEqual(resourceLines(walked));
        expect(treeFaults(indexed)).toEqual([]);
      }),
    );
  });
});

describe('insertResource', () => {
  test('puts a range under what encloses it', () => {
    const tree = createTree();
    insertResource(tree, { name: 'System RAM', start: 0x4000_0000n, end: 0x7fff_ffffn });
    const kexec = insertResource(tree, { name: 'Kexec kernel', start: 0x5000_0000n, end: 0x53ff_ffffn });
    expect(kexec.parent?.name).toBe('System RAM');
  });

  test('names who is in the way', () => {
    const tree = createTree();
    insertResource(tree, { name: 'System RAM', start: 0x1000n, end: 0x1fffn });
    const attempt = (): Resource => insertResource(tree, { name: 'x', start: 0x1800n, end: 0x27ffn });
    expect(attempt).toThrow(IoportError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'EBUSY', conflict: 'System RAM' }));
  });

  test('refuses a reversed range', () => {
    const attempt = (): Resource => insertResource(createTree(), { name: 'x', start: 2n, end: 1n });
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('states that only odd adjustments reach', () => {
  test('an empty resource among siblings is walked past as in the kernel', () => {
    const { root } = createTree();
    const empty = createResource({ name: 'empty', start: 0x1000n, end: 0x1fffn });
    requestResourceConflict(root, empty);
    expect(adjustResource(empty, 0x1000n, 0n)).toBe(0);
    expect(empty.end).toBe(0xfffn);
    expect(requestResourceConflict(root, createResource({ name: 'a', start: 0x1000n, end: 0x1fffn }))).toBeNull();
    expect(resourceLines(root)).toEqual(['00001000-00000fff : empty', '00001000-00001fff : a']);
  });
});
