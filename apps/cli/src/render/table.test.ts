import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Page, pageOf } from './page.ts';
import { type Column, layOutTable, paragraph } from './table.ts';

const pageOfWidth = (width: number): Page => pageOf({}, { COLUMNS: String(width) });

const columns: readonly Column[] = [
  { heading: 'segment', align: 'left' },
  { heading: 'size', align: 'right' },
  { heading: 'what it says', align: 'left' },
];

const rows = [
  ['kernel', '73.0 MiB', 'every destination byte ends equal to its segment, padding zero, whatever was there before'],
  ['dtb', '64.0 KiB', ''],
];

describe('a table', () => {
  it('is as wide as its cells where there is room', () => {
    const [heading, first] = layOutTable(columns, rows, pageOfWidth(200)).split('\n');
    expect(heading).toBe('  segment      size  what it says');
    expect(first).toBe(`  kernel   73.0 MiB  ${rows[0]?.[2]}`);
  });

  it('folds its widest column where there is not', () => {
    expect(layOutTable(columns, rows, pageOfWidth(60))).toBe(
      [
        '  segment      size  what it says',
        '  kernel   73.0 MiB  every destination byte ends equal to',
        '                     its segment, padding zero, whatever was',
        '                     there before',
        '  dtb      64.0 KiB',
        '',
      ].join('\n'),
    );
  });

  it('becomes a list where folding does not suffice', () => {
    const many: readonly Column[] = Array.from({ length: 9 }, (_, at) => ({ heading: `n${at}`, align: 'right' }));
    expect(layOutTable(many, [many.map((_, at) => `${at}.000 s`)], pageOfWidth(40))).toBe(
      `  0.000 s\n${Array.from({ length: 8 }, (_, at) => `    n${at + 1}  ${at + 1}.000 s\n`).join('')}`,
    );
  });

  it('has no line wider than the page, and loses no letter', () => {
    const words = fc.string({ unit: fc.constantFrom(...'abcdefg  漢字é') });
    const table = fc.array(fc.tuple(words, words, words), { maxLength: 20 });
    fc.assert(
      fc.property(table, fc.integer({ min: 40, max: 200 }), (cells, width) => {
        const text = layOutTable(columns, cells, pageOfWidth(width));
        for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        const letters = (of: string): string => [...of.replaceAll(/\s/g, '')].sort().join('');
        const isList = !text.startsWith('  segment');
        if (!isList)
          expect(letters(text)).toBe(
            letters(`${columns.map(({ heading }) => heading).join('')}${cells.flat().join('')}`),
          );
      }),
    );
  });
});

describe('a paragraph', () => {
  it('goes on below its beginning', () => {
    expect(paragraph('no source can be clobbered by a copy', pageOfWidth(40), 'proof: ')).toBe(
      'proof: no source can be clobbered by a\n       copy',
    );
  });
});
