import { describe, expect, test } from 'vitest';
import { type Attributes, buildTables, countTables, type Mapping, type Space, TableArena, walk } from './index.ts';

const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const DIRT = 0xdeadbeef;
/** What the three tables of one page hold in their first entries, in pages 16 to 18; the page is mapped to 0. */
const BUILT = [0x11003, 0x12003, 0x703];

const at = (va: bigint, more: Partial<Mapping> = {}): Mapping => ({
  va,
  pa: va,
  size: 0x1000n,
  attributes: readWrite,
  ...more,
});

function dirty(count = 8, words?: Uint32Array<ArrayBuffer>): TableArena {
  const arena = new TableArena(16, count, 1024, words);
  arena.words.fill(DIRT);
  return arena;
}

const firsts = ({ words }: TableArena): (number | undefined)[] => [0, 1024, 2048].map((index) => words[index]);
/** What JSON or JavaScript hands over, whatever the types say. */
function untyped(value: unknown): never {
  // @ts-expect-error: anything
  return value;
}

function refused(attempt: () => unknown, message: RegExp, code = 'EINVAL'): void {
  const said = expect.stringMatching(message);
  expect(attempt).toThrow(expect.objectContaining({ name: 'PageTableError', code, message: said }));
}

/** Refuses to count and to build, and writes nothing. */
function refuse(mappings: readonly Mapping[], message: RegExp, where: Space = space): void {
  const arena = dirty(600);
  refused(() => countTables(where, mappings), message);
  refused(() => buildTables(where, mappings, arena.pages, arena), message);
  expect(arena.words.every((word) => word === DIRT)).toBe(true);
}

describe('mappings that cannot be meant', () => {
  const big = at(0n, { size: 0x4000_0000n });

  test.for([undefined, null, 7, 'Normal'])('attributes %s', (attributes) => {
    refuse([{ ...big, attributes: untyped(attributes) }], /has no attributes/);
    refuse([at(0n), { ...at(0x1000n), attributes: untyped(attributes) }], /has no attributes/);
  });

  test.for([Number.NaN, 2.5, 4, -1, Number.POSITIVE_INFINITY, '2', null])('largestLevel %s', (largestLevel) => {
    refuse([{ ...big, largestLevel: untyped(largestLevel) }], /has largestLevel/);
  });

  test.for([null, 0, 'no'])('contiguous %s', (contiguous) => {
    refuse([{ ...big, contiguous: untyped(contiguous) }], /has contiguous/);
  });

  test.for([undefined, null, 5])('a mapping that is %s', (mapping) => {
    refuse([untyped(mapping)], /no bigint/);
    refuse([at(0x5000n), at(0x1000n), untyped(mapping)], /no bigint/);
  });

  test.for([5, undefined, '0x1000', Symbol('va'), Object.create(null)])('a va that is no bigint (case %$)', (va) => {
    const wrong = { ...at(0n), va: untyped(va) };
    refuse([wrong], /no bigint/);
    refuse([wrong], /no bigint/, { ...space, half: 'upper' });
    refuse([at(0x5000n), at(0x1000n), wrong], /no bigint/);
  });

  test('a list that says to be longer than memory is', () => {
    const mappings = [at(0n)];
    mappings.length = 2 ** 31;
    refuse(mappings, /no bigint/);
  });

  test('a va that changes while mappings are sorted is refused or built, never left out', () => {
    const outcomes = new Set<string>();
    for (let turn = 0; turn < 12; turn++) {
      let reads = 0;
      const changing = {
        ...at(0n),
        get va() {
          return reads++ < turn ? 0x2_0000n : 0x1000n;
        },
      };
      const arena = dirty();
      try {
        buildTables(space, [at(0x9000n), at(0x3000n), changing], arena.pages, arena);
        const table = arena.page(18);
        outcomes.add(
          `${Array.from({ length: 512 }, (_, index) => table[2 * index]).filter((low) => low !== 0).length} built`,
        );
      } catch (error) {
        expect(error).toMatchObject({ name: 'PageTableError', code: 'EINVAL' });
        outcomes.add('refused');
        expect(arena.words.every((word) => word === DIRT)).toBe(true);
      }
    }
    expect([...outcomes].sort()).toEqual(['3 built', 'refused']);
  });

  test('attributes that say something else when they are read again', () => {
    let reads = 0;
    const software = {
      ...readWrite,
      get software() {
        return reads++ === 0 ? 99 : 1;
      },
    };
    const arena = dirty();
    refused(() => buildTables(space, [at(0n, { attributes: software })], arena.pages, arena), /do not hold 99/);
  });

  test('as many attributes as mappings', () => {
    const mappings = Array.from({ length: 512 }, (_, index) =>
      at(BigInt(index) << 12n, { attributes: { ...readWrite, software: (index * 7) % 16 } }),
    );
    const arena = dirty();
    const root = buildTables(space, mappings, arena.pages, arena);
    for (let page = 0; page < 512; page++)
      expect(walk(space, root, arena, page)).toMatchObject({
        frame: page,
        attributes: { ...readWrite, ...(page % 16 === 0 ? {} : { software: (page * 7) % 16 }) },
      });
  });
});

describe('pages for tables', () => {
  const build = (pages: unknown, arena = dirty()): TableArena => {
    buildTables(space, [at(0n)], untyped(pages), arena);
    return arena;
  };

  test('are read once each', () => {
    const reads: string[] = [];
    const pages = new Proxy([16, 17, 18], {
      get(target, key) {
        if (key !== 'length') reads.push(String(key));
        return Reflect.get(target, key);
      },
    });
    expect(firsts(build(pages))).toEqual(BUILT);
    expect(reads).toEqual(['0', '1', '2']);
  });

  test('are read once each where mappings are not in order, too', () => {
    const mappings = [at(0x4000_0000n), at(0n)];
    const inOrder = dirty(countTables(space, mappings));
    const arena = dirty(countTables(space, mappings));
    const reads: number[] = [];
    const pages = new Proxy([...arena.pages], {
      get(target, key) {
        if (key !== 'length') reads.push(Number(key));
        return Reflect.get(target, key);
      },
    });
    buildTables(space, mappings.toReversed(), inOrder.pages, inOrder);
    expect(buildTables(space, mappings, pages, arena)).toBe(16);
    expect(reads).toEqual(arena.pages.map((page) => page - 16));
    expect(arena.words).toEqual(inOrder.words);
  });

  test('may be told by words that become a table', () => {
    const arena = dirty();
    const pages = arena.words.subarray(1030, 1033);
    pages.set([16, 17, 18]);
    expect(buildTables(space, [at(0n)], pages, arena)).toBe(16);
    expect(firsts(arena)).toEqual(BUILT);
    expect([...pages]).toEqual([0, 0, 0]);
  });

  test.for([[[16n, 17n, 18n]], [[16, Symbol('page'), 18]], [[16, {}, 18]], [[16, undefined, 18]], [['16', 17, 18]]])(
    'that are no numbers (case %$)',
    ([pages]) => refused(() => build(pages), /is not a page number/),
  );

  test.for([
    ['twice', [16, 17, 17], 'EINVAL', /0x11 is given twice/],
    ['twice, not in order', [18, 17, 18], 'EINVAL', /0x12 is given twice/],
    ['no number', [16, Number.NaN, 18], 'EINVAL', /NaN is not a page number/],
    ['a fraction', [16, 16.5, 18], 'EINVAL', /16.5 is not a page number/],
    ['negative', [-1, 17, 18], 'EINVAL', /-1 is not a page number/],
    ['beyond the output size', [16, 17, 2 ** 36], 'ERANGE', /beyond the output size/],
  ] as const)('that are none, or given %s', ([, pages, code, message]) => refused(() => build(pages), message, code));

  test('end where their length says so', () =>
    refused(() => build({ length: 2, 0: 16, 1: 17, 2: 18 }), /more than 2 pages/, 'ENOMEM'));
});

describe('memory for tables', () => {
  const three = (): Map<number, Uint32Array<ArrayBuffer>> =>
    new Map([16, 17, 18].map((page) => [page, new Uint32Array(1024).fill(DIRT)]));
  const build = (page: (page: number) => unknown): number =>
    buildTables(space, [at(0n)], [16, 17, 18], { page: (number) => untyped(page(number)) });

  test('is asked for each page once, before anything is written', () => {
    const words = three();
    const asked: number[] = [];
    build((page) => {
      asked.push(page);
      for (const table of words.values()) expect(table.every((word) => word === DIRT)).toBe(true);
      return words.get(page);
    });
    expect(asked).toEqual([16, 17, 18]);
    expect([...words.values()].map(([first]) => first)).toEqual(BUILT);
  });

  test.for([undefined, null, Array(1024).fill(0), new Int32Array(1024), new Uint16Array(1024), new Uint32Array(1023)])(
    'without the words of a page (case %$)',
    (wrong) => {
      const words = three();
      refused(() => build((page) => (page === 18 ? wrong : words.get(page))), /page 0x12 has (0|1023) words, not 1024/);
      expect([...words.values()].every((table) => table.every((word) => word === DIRT))).toBe(true);
    },
  );

  test('that has the same words for two pages, told by one view or by two', () => {
    const words = new Uint32Array(2048).fill(DIRT);
    refused(
      () => build((page) => words.subarray((page % 2) * 1024, (page % 2) * 1024 + 1024)),
      /0x12 has the words of/,
    );
    const one = words.subarray(0, 1024);
    refused(() => build(() => one), /0x11 has the words of another/);
    for (const step of [1, 400, -1, -400]) {
      const from = step < 0 ? 1024 : 0;
      refused(
        () => build((page) => words.subarray(from + (page - 16) * step, from + (page - 16) * step + 1024)),
        /0x11 has the words of another/,
      );
    }
    expect(words.every((word) => word === DIRT)).toBe(true);
  });

  test('that takes a page away when it is asked for the next', () => {
    const words = three();
    refused(
      () =>
        build((page) => {
          const before = words.get(page - 1);
          if (page === 18 && before !== undefined && before.length > 0)
            structuredClone(before.buffer, { transfer: [before.buffer] });
          return words.get(page);
        }),
      /page 0x11 has 0 words/,
    );
    expect(words.get(16)?.every((word) => word === DIRT)).toBe(true);
  });

  test('is an arena whose words were taken away, or that has fewer pages than its list or its words', () => {
    const gone = dirty();
    structuredClone(gone.words.buffer, { transfer: [untyped(gone.words.buffer)] });
    refused(() => buildTables(space, [at(0n)], gone.pages, gone), /page 0x10 has 0 words/);
    const longer = dirty(2);
    Object.assign(longer.pages, { 2: 18 });
    refused(() => buildTables(space, [at(0n)], longer.pages, longer), /0x12 is not in the arena/, 'ERANGE');
    expect(longer.words.every((word) => word === DIRT)).toBe(true);
    const wider = dirty(2, new Uint32Array(4 * 1024));
    refused(() => buildTables(space, [at(0n)], [16, 17, 18], wider), /0x12 is not in the arena/, 'ERANGE');
    expect(wider.words.every((word) => word === DIRT)).toBe(true);
  });

  test('and what else is asked may build other tables meanwhile', () => {
    const other = (): void => {
      const arena = dirty();
      buildTables(space, [at(0x4000_0000n, { largestLevel: 3, size: 0x20_0000n })], arena.pages, arena);
      expect(firsts(arena)[2]).toBe(0x4000_0703);
    };
    const arena = dirty();
    const attributes = {
      ...readWrite,
      get type() {
        other();
        return 'Normal' as const;
      },
    };
    const pages = new Proxy([16, 17, 18], {
      get: (target, key) => {
        other();
        return Reflect.get(target, key);
      },
    });
    const memory = {
      page: (page: number) => {
        other();
        return arena.page(page);
      },
    };
    expect(buildTables(space, [at(0n, { attributes })], pages, memory)).toBe(16);
    expect(firsts(arena)).toEqual(BUILT);
    expect(arena.words.filter((word) => word !== 0 && word !== DIRT).length).toBe(4);
  });
});

describe('a space', () => {
  test('that changes has the shape of what it says by then', () => {
    const changing: { -readonly [Field in keyof Space]: Space[Field] } = { granule: '4K', vaBits: 39, regime: 'EL2' };
    expect(countTables(changing, [at(0n)])).toBe(3);
    changing.vaBits = 48;
    expect(countTables(changing, [at(0n)])).toBe(4);
    changing.half = 'upper';
    refused(() => countTables(changing, []), /EL2 has no upper half/);
    changing.regime = 'EL1';
    expect(countTables(changing, [at(2n ** 64n - 0x1000n, { pa: 0n })])).toBe(4);
    changing.mair = 2n ** 64n;
    refused(() => countTables(changing, []), /64 bits/);
  });

  test.for([255, '0xff', null])('with a mair of %s', (mair) =>
    refused(() => countTables({ ...space, mair: untyped(mair) }, []), /a MAIR has 64 bits/),
  );
});
