import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { foreignSign } from './foreign.ts';
import { parseIomem } from './iomem.ts';

const folder = new URL('../fixtures/iomem/', import.meta.url);

describe('no map of an arm64 machine is taken for one of a PC', () => {
  test.each(readdirSync(folder))('%s', (name) => {
    expect(foreignSign(parseIomem(readFileSync(new URL(name, folder), 'utf8'), { lenient: true }))).toBeUndefined();
  });
});

const RAM = '00100000-3fffffff : System RAM';

test.each([
  [['000f0000-000fffff : System ROM', RAM], 'System ROM'],
  [['000a0000-000fffff : Reserved', '  000f0000-000fffff : Video ROM', RAM], 'Video ROM'],
  [[RAM, 'fec00000-fec003ff : IOAPIC 0'], 'IOAPIC 0'],
  [[RAM, 'fed00000-fed003ff : PNP0103:00', '  fed00000-fed003ff : HPET 0'], 'HPET 0'],
])('%j', (lines, sign) => {
  expect(foreignSign(parseIomem(`${lines.join('\n')}\n`))).toBe(sign);
});
