import { expect, test } from 'vitest';
import { kernelRelease } from './release.ts';

const image = (...texts: string[]): Uint8Array => new TextEncoder().encode(texts.join('\0'));

test.each([
  ['a banner', image('MZ', 'Linux version 6.12.41-cloud-arm64 (x@y) (gcc) #1 SMP\n'), '6.12.41-cloud-arm64'],
  ['formats in front of it', image('Linux version %s (%s)', 'Linux version ', 'Linux version 7.3.4+ (x)'), '7.3.4+'],
  ['another system', image('Linux versions are many'), undefined],
  ['a banner that is cut', image('Linux version 6.1'), undefined],
  ['a release that never ends', image(`Linux version 6.1${'0'.repeat(100)} `), undefined],
  ['nothing', new Uint8Array(), undefined],
])('%s', (_, bytes, release) => {
  expect(kernelRelease(bytes)).toBe(release);
});
