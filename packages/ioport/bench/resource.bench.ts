import type { Benchmark } from '@kexeckit/bench';
import {
  allocateResource,
  createResource,
  createTree,
  IORESOURCE,
  insertResourceConflict,
  lookupResource,
  parseIomem,
  printIomem,
  type Resource,
  regionIntersects,
  releaseResource,
  removeResource,
  requestResourceConflict,
  reserveCrashKernel,
  rolesOf,
} from '@kexeckit/ioport';
import {
  type NaiveList,
  type NaiveResource,
  naiveFind,
  naiveIntersects,
  naiveList,
  naiveLookup,
  naiveRelease,
  naiveRequest,
} from './naive-list.ts';

const MAX = 0xffff_ffff_ffff_ffffn;
/** Siblings take every other page: 4 KiB each, 4 KiB apart, so that 8 KiB fit only behind the last. */
const STEP = 0x2000n;
const PAGE = 0x1000n;
const FIRST = 0x1_0000_0000n;
const SIZES = [100, 10_000, 100_000];
/** Operations in one run; the naive list takes most of a millisecond for each at 100 000 siblings. */
const ROUNDS = 64;

/** Places that a run visits: spread over all siblings, the same in every run. */
function places(count: number): bigint[] {
  const found: bigint[] = [];
  let state = 12345;
  for (let i = 0; i < ROUNDS; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    found.push(FIRST + BigInt(state % count) * STEP);
  }
  return found;
}

function tree(count: number): Resource {
  const { root } = createTree();
  for (let i = 0n; i < BigInt(count); i++) {
    const start = FIRST + i * STEP;
    requestResourceConflict(root, createResource({ name: 'reserved', start, end: start + PAGE - 1n }));
  }
  // The index is built by the first search.
  lookupResource(root, FIRST);
  return root;
}

function list(count: number): NaiveList {
  const naive = naiveList(0n, MAX);
  let last: NaiveResource | null = null;
  for (let i = 0n; i < BigInt(count); i++) {
    const start = FIRST + i * STEP;
    const node: NaiveResource = { name: 'reserved', start, end: start + PAGE - 1n, next: null };
    if (last) last.next = node;
    else naive.head = node;
    last = node;
  }
  return naive;
}

/** Resources for the gaps behind the places. */
function newcomers(count: number): Resource[] {
  return places(count).map((place) =>
    createResource({ name: 'new', start: place + PAGE + 0x100n, end: place + PAGE + 0x1ffn }),
  );
}

function naiveNewcomers(count: number): NaiveResource[] {
  return newcomers(count).map(({ start, end }) => ({ name: 'new', start, end, next: null }));
}

type Work = Omit<Benchmark, 'name'>;

function requestRelease(count: number): Work {
  return {
    setup() {
      const root = tree(count);
      const all = newcomers(count);
      return () => {
        for (const resource of all) {
          requestResourceConflict(root, resource);
          releaseResource(resource);
        }
      };
    },
    operations: 2 * ROUNDS,
    reference: {
      name: 'linked list',
      setup() {
        const naive = list(count);
        const all = naiveNewcomers(count);
        return () => {
          for (const resource of all) {
            naiveRequest(naive, resource);
            naiveRelease(naive, resource);
          }
        };
      },
    },
  };
}

function insertRemove(count: number): Work {
  return {
    setup() {
      const root = tree(count);
      const all = newcomers(count);
      return () => {
        for (const resource of all) {
          insertResourceConflict(root, resource);
          removeResource(resource);
        }
      };
    },
    operations: 2 * ROUNDS,
    reference: requestRelease(count).reference ?? { name: 'linked list', setup: () => () => {} },
  };
}

function conflict(count: number): Work {
  return {
    setup() {
      const root = tree(count);
      const all = places(count).map((start) => createResource({ name: 'new', start, end: start }));
      return () => {
        for (const resource of all) requestResourceConflict(root, resource);
      };
    },
    operations: ROUNDS,
    reference: {
      name: 'linked list',
      setup() {
        const naive = list(count);
        const all = places(count).map((start) => ({ name: 'new', start, end: start, next: null }));
        return () => {
          for (const resource of all) naiveRequest(naive, resource);
        };
      },
    },
  };
}

function lookup(count: number): Work {
  return {
    setup() {
      const root = tree(count);
      const all = places(count);
      return () => {
        for (const place of all) lookupResource(root, place);
      };
    },
    operations: ROUNDS,
    reference: {
      name: 'linked list',
      setup() {
        const naive = list(count);
        const all = places(count);
        return () => {
          for (const place of all) naiveLookup(naive, place);
        };
      },
    },
  };
}

function intersects(count: number): Work {
  const match = { flags: IORESOURCE.MEM, desc: 0 };
  return {
    setup() {
      const root = tree(count);
      const all = places(count);
      return () => {
        for (const place of all) regionIntersects(root, place, PAGE, match);
      };
    },
    operations: ROUNDS,
    reference: {
      name: 'linked list',
      setup() {
        const naive = list(count);
        const all = places(count);
        return () => {
          for (const place of all) naiveIntersects(naive, place, place + PAGE - 1n);
        };
      },
    },
  };
}

/** First fit of two pages, which only the end of the list has room for, taken and given back. */
function allocate(count: number): Work {
  const request = { size: STEP, align: PAGE, min: FIRST };
  return {
    setup() {
      const root = tree(count);
      const resource = createResource({ name: 'new', start: 0n, end: 0n });
      return () => {
        for (let i = 0; i < ROUNDS; i++) {
          allocateResource(root, resource, request);
          releaseResource(resource);
        }
      };
    },
    operations: 2 * ROUNDS,
    reference: {
      name: 'linked list',
      setup() {
        const naive = list(count);
        const node: NaiveResource = { name: 'new', start: 0n, end: 0n, next: null };
        return () => {
          for (let i = 0; i < ROUNDS; i++) {
            Object.assign(node, naiveFind(naive, STEP, PAGE, FIRST, MAX));
            naiveRequest(naive, node);
            naiveRelease(naive, node);
          }
        };
      },
    },
  };
}

const OPERATIONS: [name: string, work: (count: number) => Work][] = [
  ['request and release', requestRelease],
  ['insert and remove', insertRemove],
  ['request, refused', conflict],
  ['lookup', lookup],
  ['intersects', intersects],
  ['allocate (first fit) and release', allocate],
];

const LINES = 100_000;

function longIomem(): string {
  let text = '';
  for (let i = 0; i < LINES / 2; i++) {
    const start = 0x1_0000_0000 + i * 0x2_0000;
    text += `${start.toString(16)}-${(start + 0xffff).toString(16)} : System RAM\n`;
    text += `  ${(start + 0x1000).toString(16)}-${(start + 0x1fff).toString(16)} : reserved\n`;
  }
  return text;
}

/** A reader without a tree or any check, as scripts have it. */
function naiveRead(text: string): unknown[] {
  return text.split('\n').map((line) => {
    const [, indent = '', start, end, name] = /^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$/.exec(line) ?? [];
    return { depth: indent.length / 2, start: BigInt(`0x${start ?? 0}`), end: BigInt(`0x${end ?? 0}`), name };
  });
}

/** What Linux's own C code takes for one operation, on another machine of this class; it walks lists. */
function linuxMark(name: string, count: number): Benchmark['mark'] {
  if (count === 10_000) return undefined;
  // Half of the operations of `allocate` are releases; Linux was seen to take 270 to 550 µs to allocate: the least counts.
  const far = name.startsWith('allocate') ? (270_000 + 63_000) / 2 : 63_000;
  return { name: 'C', nanoseconds: count === 100 ? 90 : far };
}

/** The cost of one operation among this many siblings. */
export const benchmarks: Benchmark[] = [
  ...OPERATIONS.flatMap(([name, work]) =>
    SIZES.map((count) => ({ name: `${name}, ${count} siblings`, ...work(count), mark: linuxMark(name, count) })),
  ),
  {
    name: 'read an iomem of 100000 lines',
    setup() {
      const text = longIomem();
      return () => {
        parseIomem(text);
      };
    },
    operations: 1,
    reference: {
      name: 'regular expression, no tree',
      setup() {
        const text = longIomem();
        return () => {
          naiveRead(text);
        };
      },
    },
  },
  {
    name: 'read an iomem of 100000 lines, with roles',
    setup() {
      const text = longIomem();
      return () => {
        rolesOf(parseIomem(text));
      };
    },
    operations: 1,
  },
  {
    name: 'read a pasted iomem of 100000 lines, with roles',
    setup() {
      const text = `root@host:~# cat /proc/iomem\n${longIomem()}root@host:~#\n`;
      return () => {
        rolesOf(parseIomem(text, { lenient: true }));
      };
    },
    operations: 1,
  },
  {
    name: 'refuse an offset in an iomem of 100000 lines',
    setup() {
      const parsed = parseIomem(longIomem());
      return () => {
        reserveCrashKernel(parsed, { size: 0x400_0000n, base: 0x1_4000_0000n });
      };
    },
    operations: 1,
  },
  {
    name: 'write an iomem of 100000 lines',
    setup() {
      const parsed = parseIomem(longIomem());
      return () => {
        printIomem(parsed);
      };
    },
    operations: 1,
  },
];
