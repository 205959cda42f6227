import { gzipSync } from 'node:zlib';
import { serializeFdt } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { examine } from './examine.ts';
import { makeAndroid, makeCpio, makeFit } from './testing/containers.ts';
import { fixture } from './testing/fixtures.ts';
import { makeImage, noise } from './testing/make.ts';

const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
const newc = makeCpio();
const board = serializeFdt({ bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } });

describe('a kernel', () => {
  test('is unpacked, and its header read', async () => {
    const found = await examine(fixture('Image.gz'));
    expect(found).toMatchObject({
      kind: 'kernel',
      format: 'Image.gz',
      bytes: fixture('Image.gz').length,
      kernel: {
        header: { imageSize: 0x100000n },
        release: undefined,
        promised: 0,
        steps: ['undid gzip: 300000 bytes'],
      },
    });
  });

  test('has its parts, and they are looked at', async () => {
    const whole = await examine(makeAndroid(2, makeImage(), { initrd: newc, cmdline: 'quiet' }));
    expect(whole).toMatchObject({
      kind: 'kernel',
      kernel: { parts: { cmdline: 'quiet' }, initramfs: { kind: 'newc' } },
    });
    const wrong = await examine(makeAndroid(2, makeImage(), { initrd: noise(5000) }));
    expect(wrong).toMatchObject({ kind: 'kernel', kernel: { initramfs: { code: 'EINVAL' } } });
  });

  test('that is damaged is none, and why is said', async () => {
    const cut = await examine(fixture('Image.gz').subarray(0, 5000));
    expect(cut).toMatchObject({ kind: 'none', format: 'Image.gz', problem: { code: 'ENODATA' } });
  });

  test('of a configuration that is not there is none', async () => {
    const fit = makeFit({ images: { kernel: { type: 'kernel', arch: 'arm64', data: makeImage() } } });
    expect(await examine(fit, { configuration: 'x' })).toMatchObject({ kind: 'none', problem: { code: 'EINVAL' } });
  });
});

test.each([
  ['an archive', newc, 'newc'],
  ['a compressed archive', gzip(newc), 'compressed'],
])('an initramfs: %s', async (_, bytes, kind) => {
  expect(await examine(bytes)).toMatchObject({ kind: 'initramfs', initramfs: { kind } });
});

test.each([
  ['lzma', fixture('head.lzma'), 'xz --format=lzma -dc FILE > Image'],
  ['bzip2', fixture('head.bz2'), 'bzip2 -dc FILE > Image'],
])('%s data is an initramfs as far as its start shows, and how to look further is said', async (name, bytes, how) => {
  const found = await examine(bytes);
  expect(found).toMatchObject({ kind: 'initramfs', format: name, initramfs: { kind: 'compressed' } });
  expect(found).toHaveProperty('initramfs.detail', expect.stringContaining(how));
});

test('an archive that is cut short is no initramfs, and the reason is the archive', async () => {
  expect(await examine(newc.subarray(0, 90))).toMatchObject({
    kind: 'none',
    format: 'cpio',
    problem: { message: expect.stringContaining('cut short') },
  });
});

test('compressed data that is damaged behind its start is no initramfs', async () => {
  const packed = gzip(newc);
  packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 1;
  expect(await examine(packed)).toMatchObject({ kind: 'none', problem: { code: 'EBADMSG' } });
});

test('a device tree is one where it is whole', async () => {
  expect(await examine(board)).toMatchObject({ kind: 'device-tree', format: 'dtb' });
  expect(await examine(board.subarray(0, -8))).toMatchObject({ kind: 'none', problem: { code: 'EBADMSG' } });
});

test.each([
  ['nothing', new Uint8Array()],
  ['noise', noise(5000)],
])('%s is none of these', async (_, bytes) => {
  expect(await examine(bytes)).toMatchObject({ kind: 'none', problem: { code: 'ENOEXEC' } });
});
