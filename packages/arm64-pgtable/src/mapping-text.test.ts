import { expect, test } from 'vitest';
import { attributesText, PageTableError, parseAddress, parseAttributes, parseMapping } from './index.ts';

test('a mapping is read as it is written', () => {
  expect(parseMapping('0x40200000:1G:2M:rx')).toEqual({
    va: 0x40200000n,
    pa: 0x40000000n,
    size: 0x200000n,
    attributes: { type: 'Normal', writable: false, executable: true },
  });
  expect(parseMapping('0:0x9000000:64K:rw,device').attributes).toEqual({
    type: 'Device-nGnRE',
    writable: true,
    executable: false,
  });
});

test('what EL0 may write is not executed by EL1', () => {
  expect(parseAttributes('rwx,user,wt')).toEqual({
    type: 'Normal-WT',
    writable: true,
    executable: false,
    user: true,
    userExecutable: true,
  });
  expect(parseAttributes('rx,user').executable).toBe(true);
});

test.each(['', '0:0:2M', '0:0:2M:rq', '0:0:2M:rw,toString', '0:0:2M:rw,nc,wt', '0:0:2M:rw:x', '0:0:-1:r', '0:01:1:r'])(
  '%j is refused, with the form',
  (given) => {
    expect(() => parseMapping(given)).toThrow(
      expect.objectContaining({ code: 'EINVAL', hint: expect.stringMatching(/^give VA:PA:SIZE:ACCESS/) }),
    );
  },
);

test('numbers have 64 bits, and units', () => {
  expect([parseAddress('0xFFFFffffFFFFffff'), parseAddress('15E'), parseAddress('2k')]).toEqual([
    2n ** 64n - 1n,
    15n << 60n,
    2048n,
  ]);
  for (const wrong of ['', '16E', '0x10000000000000000', '010', '1.5', '1KB', ' 1'])
    expect(() => parseAddress(wrong)).toThrow(PageTableError);
});

test('of what is far too long an error shows the beginning', () => {
  const digits = '9'.repeat(100_000);
  for (const read of [parseAddress, parseAttributes, parseMapping])
    expect(() => read(digits)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^9{120}… [a-z0-9 ]+$/) }),
    );
  expect(parseAddress(`0x${'0'.repeat(1000)}1`)).toBe(1n);
  expect(() => parseAddress('99999999999999999999')).toThrow(PageTableError);
});

test('attributes are told in words, what is usual left out', () => {
  expect(attributesText(parseAttributes('rw,nc'))).toBe('Normal-NC rw-');
  expect(attributesText({ ...parseAttributes('rx,user'), notGlobal: true, accessed: false })).toBe(
    'Normal r-x, EL0 r-x, not accessed, of one ASID',
  );
});
