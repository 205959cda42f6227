import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type JoinedSpan,
  joinSpans,
  parseIomem,
  type RoleSpan,
  rangeSize,
  rolesOf,
  stripsOf,
  surveyOf,
} from './index.ts';

const folder = new URL('../fixtures/iomem/', import.meta.url);
const boards = readdirSync(folder).map((name) => [name, rolesFrom(name)] as const);

function rolesFrom(name: string): RoleSpan[] {
  return rolesOf(parseIomem(readFileSync(new URL(name, folder), 'utf8'), { lenient: true }));
}

const MAP = `00000000-00000fff : a uart
00001000-00001fff : a timer
40000000-4fffffff : System RAM
  40200000-41ffffff : Kernel code
  42000000-420fffff : reserved
  42100000-421fffff : reserved
100000000-10fffffff : System RAM
  108000000-10bffffff : Crash kernel
`;
const MIB = 1n << 20n;

test('a survey adds up by role, and has the largest holes first', () => {
  const { totals, holes } = surveyOf(parseIomem(MAP));
  expect(totals).toEqual([
    { role: 'usable', size: 416n * MIB, count: 4 },
    { role: 'crash region', size: 64n * MIB, count: 1 },
    { role: 'running kernel', size: 30n * MIB, count: 1 },
    { role: 'reserved', size: 2n * MIB, count: 2 },
    { role: 'device', size: 0x2000n, count: 2 },
  ]);
  expect(holes.map(({ start }) => start)).toEqual([0x42200000n, 0x100000000n, 0x10c000000n, 0x40000000n]);
});

const partsOf = (rows: readonly JoinedSpan[], role: string): bigint =>
  rows.flatMap(({ parts }) => parts).reduce((sum, part) => (part.role === role ? sum + part.size : sum), 0n);

describe('rows of a table', () => {
  test.each(boards)('%s: few, and nothing is lost', (_, spans) => {
    const rows = joinSpans(spans, 30);
    expect(rows.length).toBeLessThanOrEqual(30);
    for (const role of new Set(spans.map((span) => span.role)))
      expect(partsOf(rows, role)).toBe(
        spans.reduce((sum, span) => (span.role === role ? sum + rangeSize(span) : sum), 0n),
      );
    expect(rows.flatMap(({ parts }) => parts).reduce((sum, { count }) => sum + count, 0)).toBe(spans.length);
    for (const [at, row] of rows.entries()) expect(row.start > (rows[at - 1]?.end ?? -1n)).toBe(true);
  });

  test('enough rows join nothing', () => {
    const spans = rolesOf(parseIomem(MAP));
    expect(joinSpans(spans, spans.length).map(({ start, end, name }) => ({ start, end, name }))).toEqual(
      spans.map(({ start, end, name }) => ({ start, end, name })),
    );
  });

  test('the running kernel and the regions stay alone', () => {
    const rows = joinSpans(rolesOf(parseIomem(MAP)), 1);
    const alone = rows.filter(({ parts }) => parts.length === 1 && parts[0]?.count === 1).map(({ name }) => name);
    expect(alone).toEqual(['System RAM', 'Kernel code', 'Crash kernel', 'System RAM']);
    expect(rows).toHaveLength(6);
  });
});

describe('strips', () => {
  test.each(boards)('%s: no more than asked for, to one scale', (_, spans) => {
    const { strips, cellSize } = stripsOf(spans, { cells: 60, most: 5 });
    expect(strips.length).toBeLessThanOrEqual(5);
    for (const { start, end, cells } of strips) {
      expect(cells.length).toBeLessThanOrEqual(60);
      expect(BigInt(cells.length)).toBe((end - start) / cellSize + 1n);
    }
  });

  test('a hole that is too large is told, and a kernel is seen however small', () => {
    const { strips, cellSize } = stripsOf(rolesOf(parseIomem(MAP)), { cells: 8 });
    expect(cellSize).toBe(32n * MIB);
    expect(strips.map(({ gap }) => gap)).toEqual([0xb0000000n, 0n]);
    expect(strips.map(({ cells }) => cells.map((role) => role?.charAt(0)).join(''))).toEqual(['ruuuuuuu', 'uuuuccuu']);
  });

  test('a small hole is nothing in a strip', () => {
    const lines = '10000000-1fffffff : System RAM\n20800000-4fffffff : System RAM\n';
    const { strips } = stripsOf(rolesOf(parseIomem(lines)), { cells: 128 });
    expect(strips).toHaveLength(1);
    expect(strips[0]?.cells.slice(30, 36)).toEqual(['usable', 'usable', null, 'usable', 'usable', 'usable']);
  });

  test('a map without memory has none', () => {
    expect(
      stripsOf(rolesOf(parseIomem('00000000-00000fff : a uart\n10000000-10000fff : b\n')), { cells: 8 }).strips,
    ).toEqual([]);
  });
});
