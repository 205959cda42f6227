import { encode } from '@kexeckit/a64';
import { encodeImageHeader, type ImageHeaderFields, parseImageHeader } from '@kexeckit/boot-image';
import { describe, expect, test } from 'vitest';
import { faultsOfImage } from './image-file.ts';

const SIZE = 0x2000;

function imageWith(fields: Partial<ImageHeaderFields>, size = SIZE): Uint8Array {
  const image = new Uint8Array(size);
  image.set(encodeImageHeader({ imageSize: 0x10000n, ...fields }));
  return image;
}

const faultsWith = (fields: Partial<ImageHeaderFields>): string[] => faults(imageWith(fields));

const faults = (image: Uint8Array): string[] => faultsOfImage(image, parseImageHeader(image));

/** `add x13, x18, #0x16` and `ccmp x18, #0, #0xd, pl`, which begin with `MZ`. */
const [ADD_MZ, CCMP_MZ] = [0x91005a4d, 0xfa405a4d];

const WFI = 0xd503207f;

/** An Image with a PE header, whose one section ends with the file. */
function withPe(): Uint8Array {
  const image = imageWith({ code0: CCMP_MZ, code1: encode('b', 0x100), peOffset: 64 });
  const view = new DataView(image.buffer);
  view.setUint32(64, 0x4550, true);
  view.setUint16(64 + 6, 1, true);
  view.setUint32(64 + 24 + 16, SIZE - 0x1000, true);
  view.setUint32(64 + 24 + 20, 0x1000, true);
  return image;
}

describe('the first instructions of a kernel', () => {
  test.each<[string, Partial<ImageHeaderFields>]>([
    ['a branch over the header', {}],
    ['a branch to the last word', { code0: encode('b', SIZE - 4) }],
    ['MZ as Linux had it, and a branch', { code0: ADD_MZ, code1: encode('b', 60) }],
    ['MZ as Linux has it, and a branch', { code0: CCMP_MZ, code1: encode('b', SIZE - 8) }],
    ['nothing, and a branch', { code0: encode('nop'), code1: encode('b', 0x100) }],
  ])('lead into it: %s', (_, fields) => {
    expect(faultsWith(fields)).toEqual([]);
  });

  test.each<[string, Partial<ImageHeaderFields>, string]>([
    ['no instruction', { code0: 0, code1: encode('b', 60) }, 'do not lead'],
    ['no branch', { code0: CCMP_MZ, code1: 0 }, 'do not lead'],
    ['a call', { code0: encode('bl', 64) }, 'do not lead'],
    ['a return', { code0: encode('ret', 30), code1: encode('b', 60) }, 'do not lead'],
    ['a condition', { code0: encode('b.cond', 'eq', 64), code1: encode('b', 60) }, 'do not lead'],
    ['a wait', { code0: WFI, code1: encode('b', 60) }, 'do not lead'],
    ['a store', { code0: encode('str', 0, 0), code1: encode('b', 60) }, 'do not lead'],
    ['a branch to itself', { code0: encode('b', 0) }, 'lead to byte 0,'],
    ['a branch into the header', { code0: CCMP_MZ, code1: encode('b', 56) }, 'lead to byte 60,'],
    ['a branch before it', { code0: encode('b', -4) }, 'lead to byte -4,'],
    ['a branch behind it', { code0: encode('b', SIZE) }, `lead to byte ${SIZE},`],
  ])('lead nowhere: %s', (_, fields, fault) => {
    expect(faultsWith(fields)).toEqual([expect.stringContaining(fault)]);
  });
});

test('a kernel with flags that nobody knows, is refused', () => {
  for (const bit of [4n, 31n, 63n])
    expect(faultsWith({ flagsValue: 0xan | (1n << bit) })).toEqual([
      `its header sets flags that are reserved: 0x${(1n << bit).toString(16)}`,
    ]);
});

test('a file that is shorter than its PE header promises is refused', () => {
  expect(faults(withPe())).toEqual([]);
  for (const size of [SIZE - 1, 0x200, 100, 70])
    expect(faults(withPe().slice(0, size)), `${size} bytes`).toContainEqual(expect.stringContaining('it is cut short'));
});
