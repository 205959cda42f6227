import { buildTables, countTables, type Edit, type Space, TableArena, walk } from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import type { Wishes } from '../../desk/wishes.ts';
import { dumpOf } from './dump.ts';
import type { EditRequest, Wrong } from './editing.ts';
import { keyOf, rowKinds, type TreeTable } from './model.ts';
import { openTables, type TableSession } from './session.ts';
import { firstSource, OWN, readSource, type SourceTexts } from './source.ts';

async function opened(changes: Partial<SourceTexts> = {}): Promise<TableSession> {
  return openTables(await dumped(changes));
}

async function dumped(changes: Partial<SourceTexts> = {}) {
  const { source, complaints } = readSource({ ...firstSource, of: OWN, ...changes });
  if (source === undefined) throw new TypeError(JSON.stringify(complaints));
  return await dumpOf(source, undefined);
}

const NOW = { edit: undefined, done: 0 };
const kindsOf = ({ kind }: TreeTable): string[] => Array.from(kind, (number) => rowKinds[number] ?? '');
const textsOf = ({ says, texts }: TreeTable): string[] => Array.from(says, (number) => texts[number] ?? '');

/** The whole tree, by following what leads to tables from the root on. */
function wholeTree(session: TableSession, at = NOW, joins = true): TreeTable[] {
  return [...session.tree(at, ['', ...session.keys(at)], joins)];
}

describe('tables that are built here', () => {
  test('have facts and registers', async () => {
    const { space, tables, root, mapped, registers } = (await opened()).facts();
    expect({ space, tables, root, mapped }).toEqual({
      space: 'EL1, 4K pages, 31 bits of input, 32 of output',
      tables: 4,
      root: 0x48000000n,
      mapped: 0x9000000n,
    });
    expect(registers.map(({ name, value }) => [name, value])).toEqual([
      ['TCR_EL1', expect.any(BigInt)],
      ['TTBR0_EL1', 0x48000000n],
      ['MAIR_EL1', expect.any(BigInt)],
    ]);
    expect((await opened({ regime: 'stage2', mappings: '0:0:2M:rw' })).facts().registers[0]?.name).toBe('VTCR_EL2');
  });

  test('have a tree in which all that is mapped is found, and nothing else', async () => {
    const session = await opened();
    const { spans } = session.facts();
    const found = wholeTree(session).flatMap((table) =>
      kindsOf(table).flatMap((kind, row) => {
        const span = spans[table.level + 1] ?? 1;
        if (kind !== 'page' && kind !== 'block') return [];
        const from = table.base + (table.first[row] ?? 0) * span;
        return [[from, (table.entries[row] ?? 0) * span, table.output[row], textsOf(table)[row]]];
      }),
    );
    expect(found).toEqual([
      [0x9000, 16, 0x9000, 'Device-nGnRE rw-, contiguous'],
      [0x40200, 512, 0x40200, 'Normal r-x'],
      [0x40400, 2048, 0x80000, 'Normal rw-'],
    ]);
  });

  test('rows cover each entry once, joined or not', async () => {
    const session = await opened({ mappings: '0x1000:0x2000:3M:rw' });
    for (const joins of [true, false])
      for (const { key, first, entries } of wholeTree(session, NOW, joins)) {
        let next = 0;
        first.forEach((index, row) => {
          expect(index).toBe(next);
          next += entries[row] ?? 0;
        });
        // 25 bits of address are 16 entries of level 2.
        expect(next).toBe(key === '' ? 16 : 512);
      }
    const pages = (joins: boolean): number =>
      wholeTree(session, NOW, joins).flatMap((table) => kindsOf(table).filter((kind) => kind === 'page')).length;
    expect([pages(true), pages(false)]).toEqual([2, 768]);
  });

  test('are walked as `walk` does, wherever', async () => {
    const space: Space = { granule: '16K', regime: 'EL2', vaBits: 36, paBits: 40 };
    const mappings = [
      {
        va: 0x40000000n,
        pa: 0x80_0000_0000n,
        size: 0x2004000n,
        attributes: { type: 'Normal', writable: false, executable: true },
      },
    ] as const;
    const session = await opened({
      ...{ granule: '16K', regime: 'EL2', vaBits: '36', paBits: '40', base: '0x90000000' },
      mappings: '0x40000000:0x8000000000:0x2004000:rx',
    });
    const arena = new TableArena(0x90000000 / 2 ** 14, countTables(space, mappings), 2 ** 12);
    const root = buildTables(space, mappings, arena.pages, arena);
    for (const va of [0n, 0x40000000n, 0x41ffffffn, 0x42003fffn, 0x42004000n, 0xfffffffffn]) {
      const expected = walk(space, root, arena, Number(va >> 14n));
      const shown = session.walk(NOW, va);
      expect([va, shown.steps.map(({ level, index }) => [level, index]), shown.level]).toEqual([
        va,
        expected.steps.map(({ level, index }) => [level, index]),
        expected.level,
      ]);
      expect(shown.pa).toBe(expected.kind === 'mapped' ? (BigInt(expected.frame) << 14n) + (va & 0x3fffn) : undefined);
    }
  });

  test('an address is cut into the bits of each level, all 64 of them', async () => {
    const { parts, says, pa } = (await opened()).walk(NOW, 0x40200123n);
    expect(parts.map(({ what, level, from, to, value }) => [what, level, from, to, value])).toEqual([
      ['outside', undefined, 63, 31, 0n],
      ['index', 1, 30, 30, 1n],
      ['index', 2, 29, 21, 1n],
      ['index', 3, 20, 12, 0n],
      ['offset', undefined, 11, 0, 0x123n],
    ]);
    expect([says, pa]).toEqual(['Normal r-x', 0x40200123n]);
  });

  test('what is outside of the space faults, and says why', async () => {
    const { steps, says, pa } = (await opened()).walk(NOW, 0xffff_0000_0000_0000n);
    expect([steps, pa, says]).toEqual([[], undefined, 'translation fault: not in the lower half of 31 bits']);
  });

  test('an entry is explained bit by bit, and is where the walk finds it', async () => {
    const session = await opened();
    const step = session.walk(NOW, 0x40200000n).steps.at(-1);
    if (step === undefined) throw new TypeError('no step');
    const entry = session.entry(NOW, step);
    expect(entry).toMatchObject({ index: 1, at: step.at, value: step.value, before: undefined });
    expect(entry?.range).toEqual({ start: 0x40200000n, end: 0x403fffffn });
    const again = entry?.fields.reduce((sum, { bits, value }) => {
      const [, low = bits] = bits.split(':');
      return sum + (value << BigInt(low));
    }, 0n);
    expect(again).toBe(step.value);
    expect(session.entry(NOW, { level: 3, page: 0x40200 })).toBeUndefined();
  });

  test('mappings are filtered by address, by what is within, and by attributes', async () => {
    const session = await opened();
    const pagesOf = (filter: string): number[] => [...session.mappings(NOW, filter).page];
    expect(pagesOf('')).toEqual([0x9000, 0x40200, 0x40400]);
    expect(pagesOf('device')).toEqual([0x9000]);
    expect(pagesOf('0x80123456')).toEqual([0x40400]);
    expect(pagesOf('0x4020')).toEqual([0x40200]);
    expect(pagesOf('R-X')).toEqual([0x40200]);
    expect(session.mappings(NOW, 'nothing').total).toBe(3);
  });

  test('what should not be is found', async () => {
    const session = await opened({ mappings: '0:0:2M:rwx' });
    const { rows, knowsRam } = session.findings(NOW);
    expect([rows.map(({ code, where }) => [code, where]), knowsRam]).toEqual([
      [['writable-executable', '0x0–0x1fffff to 0x0']],
      false,
    ]);
  });

  test('two are compared, where they can be', async () => {
    const session = await opened();
    const other = await dumped({ mappings: '0x40200000:0x40200000:2M:rw\n0x40400000:0x80000000:8M:rw' });
    expect(session.compare(NOW, other).rows).toEqual([
      { start: 0x9000000n, end: 0x900ffffn, before: { pa: 0x9000000n, says: 'Device-nGnRE rw-' }, after: undefined },
      {
        ...{ start: 0x40200000n, end: 0x403fffffn },
        before: { pa: 0x40200000n, says: 'Normal r-x' },
        after: { pa: 0x40200000n, says: 'Normal rw-' },
      },
    ]);
    const wide = await dumped({ granule: '64K', mappings: '0:0:64K:rw' });
    expect(() => session.compare(NOW, wide)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('a hundred thousand leaves are a hundred thousand rows', async () => {
    const session = await opened({ mappings: '0x1000:0x2000:400M:rw' });
    const rows = wholeTree(session, NOW, false).reduce((sum, { kind }) => sum + kind.filter((k) => k === 3).length, 0);
    expect(rows).toBe(102_400);
  });

  test('keys that lead nowhere are left out', async () => {
    const session = await opened();
    expect(session.tree(NOW, ['3:0', 'x', keyOf({ level: 2, page: 0x40200 }), '0:5'], true)).toEqual([]);
  });
});

describe('tables of a plan', () => {
  const files = {};
  const wishes: Wishes = {
    ...{
      strategy: 'mmu-on',
      exceptionLevel: 2,
      vhe: false,
      softRestart: false,
      seed: 1,
      cpus: 1,
      lacks: [],
      cacheLine: 64,
    },
    ...{ kernelMib: 1, initrdMib: 1, cmdline: '', reserve: '', verify: true, breadcrumbs: false },
  };

  test('are those of its stage, and sound where its RAM is', async () => {
    const dump = await dumpOf({ kind: 'plan', strategy: 'mmu-on' }, { wishes, files });
    const session = openTables(dump);
    expect(session.facts().tables).toBe(dump.pages.length);
    expect(session.findings(NOW)).toEqual({ rows: [], total: 0, knowsRam: true });
    const { page, frame } = session.mappings(NOW, '');
    expect(page.length).toBeGreaterThan(2);
    expect([...frame]).toEqual([...page]);
  });

  test('a routine without tables says so', async () => {
    const inputs = { wishes: { ...wishes, verify: false }, files };
    await expect(dumpOf({ kind: 'plan', strategy: 'reserved' }, inputs)).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(dumpOf({ kind: 'plan', strategy: 'mmu-on' }, undefined)).rejects.toMatchObject({ code: 'EINVAL' });
  });
});

describe('an edit that is played', () => {
  const edit = (change: EditRequest['edit'], wrong: Wrong = '', bbm: 0 | 1 | 2 = 0): EditRequest => ({
    ...{ edit: change, bbm, asid: undefined, wrong },
  });
  const unmap = { kind: 'unmap', va: 0x40200000n, size: 0x200000n } as const;
  /** A part of a block: it takes a table, and break-before-make. */
  const part: Edit = {
    ...{ kind: 'protect', va: 0x40200000n, size: 0x1000n },
    attributes: { type: 'Normal', writable: true, executable: false },
  };

  test('as planned breaks no rule, and leads to what was asked for', async () => {
    const session = await opened();
    const { violations, done, steps, takes } = session.play(edit(part));
    expect([violations.total, takes, steps.every(({ at }) => at !== undefined)]).toEqual([0, 1, true]);
    const walkAfter = (count: number) => session.walk({ edit: edit(part), done: count }, 0x40200000n);
    expect(walkAfter(0).says).toBe('Normal r-x');
    expect(walkAfter(done).says).toBe('Normal rw-');
    const broken = steps.find(({ kind }) => kind === 'tlbi')?.at ?? 0;
    expect(walkAfter(broken).says).toBe('translation fault');
    // The break is the last store before the first barrier: not seen before it is done.
    const stores = steps.findIndex(({ kind }) => kind === 'dsb');
    expect([walkAfter(stores - 1).says, walkAfter(stores).says]).toEqual(['Normal r-x', 'translation fault']);
    expect(session.walk(NOW, 0x40200000n).says).toBe('Normal r-x');
  });

  test.each<[Wrong, string]>([
    ['tlbi', 'break-before-make'],
    ['break', 'break-before-make'],
    ['dsb', 'not-visible'],
    ['isb', 'not-synchronised'],
  ])('without its %s it breaks %s', async (wrong, rule) => {
    const session = await opened();
    const { violations, steps, done } = session.play(edit(part, wrong));
    expect(violations.rows.map((violation) => violation.rule)).toContain(rule);
    expect(steps.length).toBeGreaterThan(done);
  });

  test('without the TLBI what was unmapped may still be held at the end', async () => {
    const { violations, done } = (await opened()).play(edit(unmap, 'tlbi'));
    expect(violations.rows).toMatchObject([{ rule: 'not-invalidated', step: done, address: 0x40200000n }]);
  });

  test('where blocks can be split in use there is no break', async () => {
    const session = await opened();
    const request = edit(part, '', 2);
    const { done, violations } = session.play(request);
    expect(violations.total).toBe(0);
    for (let at = 0; at <= done; at++)
      expect(session.walk({ edit: request, done: at }, 0x40300000n).says).toMatch(/^Normal r-x/);
  });

  test('an entry tells what it held before', async () => {
    const session = await opened();
    const { done } = session.play(edit(unmap));
    const place = { level: 2, page: 0x40200 };
    const before = session.entry(NOW, place)?.value;
    expect(session.entry({ edit: edit(unmap), done }, place)).toMatchObject({ value: 0n, before });
  });

  test('every step has words: where it stores, and what TLBs forget', async () => {
    const { steps } = (await opened()).play(edit(unmap));
    expect(steps.map(({ kind, text, means }) => [kind, text, means])).toEqual([
      ['store', '[0x48003008] = 0x0', '0x40200000, level 2: invalid: translation fault'],
      ['dsb', 'dsb ishst', expect.any(String)],
      ['tlbi', 'tlbi vaale1is, 0x600000040200', 'TLBs forget the leaf of 0x40200000'],
      ['dsb', 'dsb ish', expect.any(String)],
      ['isb', 'isb', expect.any(String)],
    ]);
  });

  test('what makes no sense is refused', async () => {
    const session = await opened();
    const map = {
      kind: 'map',
      mapping: {
        va: 0x40200000n,
        pa: 0n,
        size: 0x1000n,
        attributes: { type: 'Normal', writable: true, executable: false },
      },
    } as const;
    expect(() => session.play(edit(map))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});
