import { expect, test } from 'vitest';
import { kernelRelease } from './release.ts';

const encoder = new TextEncoder();
const image = (...texts: string[]): Uint8Array => encoder.encode(texts.join('\0'));
const BANNER = 'Linux version 6.12.41-cloud-arm64 (x@y) (gcc) #1 SMP\n';

test.each([
  ['a banner', image('MZ', BANNER), '6.12.41-cloud-arm64'],
  ['formats in front of it', image('Linux version %s (%s)', 'Linux version ', 'Linux version 7.3.4+ (x@y)'), '7.3.4+'],
  ['a message in front of it', image('%s: needs Linux version 5.10 or newer\n', BANNER), '6.12.41-cloud-arm64'],
  ['one with a remark', image('since Linux version 5.10 (or newer) (a@b)', BANNER), '6.12.41-cloud-arm64'],
  ['the start of a banner in front of it', image(`Linux vLinux version ${BANNER}`), '6.12.41-cloud-arm64'],
  ['a name that is no plain one', image('Linux version 6.12.41-a@b:c/d (root@host) ('), '6.12.41-a@b:c/d'],
  ['a name as long as it can be', image(`Linux version 6.1-${'a'.repeat(60)} (x@y)`), `6.1-${'a'.repeat(60)}`],
  ['another system', image('Linux versions are many'), undefined],
  ['a message alone', image('needs Linux version 5.10 (5.15 is better)'), undefined],
  ['a banner that is cut', image('Linux version 6.1'), undefined],
  ['a banner that is cut later', image('Linux version 6.1 (x@'), undefined],
  ['a release that is too long', image(`Linux version 6.1-${'a'.repeat(61)} (x@y)`), undefined],
  ['a release that never ends', image(`Linux version 6.1${'0'.repeat(100)} `), undefined],
  ['nothing', new Uint8Array(), undefined],
])('%s', (_, bytes, release) => {
  expect(kernelRelease(bytes)).toBe(release);
});

test('is found wherever it stands', () => {
  for (let at = 0; at < 40; at++)
    for (const fill of ['L', ' ', 'n', '\xff']) expect(kernelRelease(image(fill.repeat(at) + BANNER))).toBeDefined();
});

test.each([
  'L',
  ' ',
  'Linux version ',
  'Linux version 1',
  'Linux version 1.1 (',
  `Linux version 1.1 (${'@'.repeat(200)}`,
])('%j over and over is no banner', (text) => {
  const bytes = encoder.encode(text);
  const hostile = new Uint8Array(2 << 20);
  for (let at = 0; at + bytes.length <= hostile.length; at += bytes.length) hostile.set(bytes, at);
  expect(kernelRelease(hostile)).toBeUndefined();
});
