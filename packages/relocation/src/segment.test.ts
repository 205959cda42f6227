import { expect, test } from 'vitest';
import { RelocationError } from './error.ts';
import { checkSegments, type Segment } from './segment.ts';

const sound: Segment = { name: 'kernel', mem: 0x100000n, memsz: 0x10000n, bufsz: 0x10000n };
const bounds = { totalRamPages: 1n << 20n };

/** The code and message of the refusal. */
function refusal(segments: readonly Segment[], more = {}): [string, string] {
  try {
    checkSegments(segments, { ...bounds, ...more });
  } catch (error) {
    if (error instanceof RelocationError) return [error.code, error.message];
    throw error;
  }
  return ['none', ''];
}

test('sound segments pass, no segments too', () => {
  expect(refusal([sound])).toEqual(['none', '']);
  expect(refusal([])).toEqual(['none', '']);
});

test.each([
  ['is not page-aligned', 'EADDRNOTAVAIL', [{ ...sound, mem: 0x100001n }]],
  ['is not page-aligned', 'EADDRNOTAVAIL', [{ ...sound, memsz: 0x10001n }]],
  ['wraps around', 'EADDRNOTAVAIL', [{ ...sound, mem: (1n << 64n) - 0x1000n, memsz: 0x2000n }]],
  ['overlaps', 'EINVAL', [sound, { ...sound, name: 'initrd', mem: 0x10f000n }]],
  ['bytes of content', 'EINVAL', [{ ...sound, bufsz: 0x10001n }]],
  ['more than half of RAM', 'EINVAL', [{ ...sound, memsz: (1n << 31n) + 0x1000n }]],
  ['17 segments', 'EINVAL', Array.from({ length: 17 }, (_, i) => ({ ...sound, mem: BigInt(i) << 24n }))],
])('%s is %s', (text, code, segments) => {
  const [actual, message] = refusal(segments);
  expect(actual).toBe(code);
  expect(message).toContain(text);
});

test('each may fit where all together do not', () => {
  const large = { ...sound, memsz: 1n << 30n };
  expect(refusal([large])[0]).toBe('none');
  expect(refusal([0n, 1n, 2n].map((i) => ({ ...large, mem: i << 32n })))[1]).toContain('the segments take');
});

test('a crash image stays in its region; the limit is respected', () => {
  expect(refusal([sound], { crashRegion: { start: 0x100000n, end: 0x10ffffn } })[0]).toBe('none');
  expect(refusal([sound], { crashRegion: { start: 0x100000n, end: 0x10fffen } })[0]).toBe('EADDRNOTAVAIL');
  expect(refusal([sound], { destinationLimit: 0x110000n })[0]).toBe('EADDRNOTAVAIL');
});
