import { expect, test } from 'vitest';
import { parseImageHeader, recognise, unpack } from './index.ts';
import { fixture } from './testing/fixtures.ts';
import { makeZboot } from './testing/make.ts';

test('the example of the README', async () => {
  const bytes = makeZboot('gzip', fixture('Image.gz'));

  expect(recognise(bytes)).toEqual({ format: 'zboot', detail: 'EFI zboot kernel for AArch64, compressed with gzip' });

  const { image, steps } = await unpack(bytes);
  expect(steps).toEqual(['found 18941 bytes of gzip data in the zboot file', 'undid gzip']);

  const { imageSize, flags } = parseImageHeader(image);
  expect(imageSize).toBe(0x100000n);
  expect(flags).toEqual({ endianness: 'little', pageSize: '4K', placement: 'anywhere' });
});
