import { expect, test } from 'vitest';
import { defaultWishes, readWishes, type WishTexts, wishFields, wishNames } from './wishes.ts';

test('the first wishes are those of 2019', () => {
  expect(readWishes(defaultWishes)).toEqual({
    complaints: {},
    wishes: {
      ...{ strategy: 'mmu-on', exceptionLevel: 2, vhe: false, softRestart: false, seed: 1, cpus: 8 },
      ...{ lacks: [], cacheLine: 64 },
      ...{ kernelMib: 13, initrdMib: 24, cmdline: 'console=ttyS0', reserve: '', verify: true, breadcrumbs: false },
    },
  });
});

test.each<[Partial<WishTexts>, RegExp]>([
  [{ seed: '1.5' }, /whole number/],
  [{ seed: '' }, /whole number/],
  [{ seed: '2147483648' }, /whole number/],
  [{ cpus: '0' }, /from 1/],
  [{ kernelMib: '1e3' }, /whole number/],
  [{ initrdMib: '513' }, /to 512/],
  [{ strategy: 'fast' }, /one of mmu-off/],
  [{ vhe: 'yes', exceptionLevel: '1' }, /property of EL2/],
  [{ softRestart: 'yes' }, /starts at EL1/],
  [{ lacks: 'sha256, atomic' }, /some of sha256, crc32/],
  [{ exceptionLevel: '3' }, /one of 1, 2/],
  [{ exceptionLevel: '' }, /one of 1, 2/],
  [{ verify: 'no' }, /yes or nothing/],
  [{ vhe: '0' }, /yes or nothing/],
  [{ breadcrumbs: 'false' }, /yes or nothing/],
  [{ cmdline: 'é'.repeat(1024) }, /^2048 bytes; a kernel keeps 2047$/],
  [{ cmdline: 'a\0b' }, /NUL/],
  [{ cacheLine: '100' }, /one of 32, 64/],
])('%j is complained of beside its field alone', (texts, complaint) => {
  const { wishes, complaints } = readWishes({ ...defaultWishes, ...texts });
  expect(wishes).toBeUndefined();
  const [name = ''] = Object.keys(texts);
  expect(complaints).toEqual({ [name]: expect.stringMatching(complaint) });
});

test('every wish has a field, and every choice is taken', () => {
  for (const name of wishNames)
    for (const choice of wishFields[name].choices ?? [])
      expect(readWishes({ ...defaultWishes, [name]: choice }).complaints).toEqual({});
});

test('features that the CPUs lack are read as people write them', () => {
  expect(readWishes({ ...defaultWishes, lacks: ' atomics,sha256, ,sha256' }).wishes?.lacks).toEqual([
    'sha256',
    'atomics',
  ]);
  expect(readWishes({ ...defaultWishes, vhe: 'yes', lacks: 'vhe' }).complaints).toEqual({
    lacks: expect.stringMatching(/asked for/),
  });
});
