import { expect, test } from 'vitest';
import { firstSource, NONE, OWN, readSource, type SourceTexts, strategiesWithTables } from './source.ts';

const own = (changes: Partial<SourceTexts> = {}): SourceTexts => ({ ...firstSource, of: OWN, ...changes });

test('what the page opens with can be read', () => {
  expect(readSource(firstSource)).toEqual({ source: { kind: 'plan', strategy: 'mmu-on' }, complaints: {} });
  expect(readSource({ ...firstSource, of: NONE })).toEqual({ complaints: {} });
  expect(strategiesWithTables).not.toContain('mmu-off');
  expect(readSource({ ...firstSource, of: 'mmu-off' }).complaints.of).toMatch(/^one of /);
});

test('sizes that are not given reach all that is mapped, and the tables', () => {
  const { source } = readSource(own({ mappings: '1T:0x40000000:4K:r # far', base: '8T' }));
  expect(source).toMatchObject({ space: { vaBits: 41, paBits: 44, granule: '4K', regime: 'EL1' }, base: 8n << 40n });
  expect(readSource(own({ half: 'upper', vaBits: '39' })).source).toMatchObject({
    space: { vaBits: 39, half: 'upper' },
  });
});

test.each<[Partial<SourceTexts>, keyof SourceTexts, RegExp]>([
  [{ mappings: '0:0:2M:rx\n\n0:0:2M:rq' }, 'mappings', /^line 3: 0:0:2M:rq is no mapping/],
  [{ mappings: ' # none' }, 'mappings', /nothing is mapped/],
  [{ base: '0x4800000z' }, 'base', /at most 64 bits/],
  [{ vaBits: '53' }, 'vaBits', /16 to 52/],
  [{ granule: '64K', vaBits: '16' }, 'vaBits', /cannot hold 16 bits/],
  [{ mappings: '0:1P:4K:r\n0:8P:4K:r' }, 'mappings', /no tables reach/],
  [{ paBits: '41' }, 'paBits', /^one of 32, 36/],
  [{ granule: '64K', lpa2: 'yes' }, 'vaBits', /LPA2/],
  [{ regime: 'EL2', half: 'upper' }, 'vaBits', /no upper half/],
])('%j is said beside %s', (changes, field, words) => {
  const { source, complaints } = readSource(own(changes));
  expect(source).toBeUndefined();
  expect(Object.keys(complaints)).toEqual([field]);
  expect(complaints[field]).toMatch(words);
});
