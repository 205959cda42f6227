import { flattenVmlinux } from './elf.ts';
import { BootImageError } from './error.ts';
import { gunzip } from './gzip.ts';
import { isImage } from './header.ts';
import { type BootImageFormat, recognise } from './recognise.ts';
import { zbootPayload } from './zboot.ts';
import { unzstd } from './zstd.ts';

/** Limits for {@link unpack}. */
export interface UnpackOptions {
  /** Most bytes that any step may produce; default 1 GiB. */
  maxSize?: number;
}

/** A raw kernel and how it was got. */
export interface Unpacked {
  /** The arm64 Image: its header is checked. May share memory with the input. */
  image: Uint8Array;
  /** What the input was. */
  format: BootImageFormat;
  /** What was done, one line a step; empty when the input already was an Image. */
  steps: string[];
}

interface Layer {
  bytes: Uint8Array;
  step: string;
}

const MAX_LAYERS = 4;

/**
 * Gets the raw arm64 Image out of an `Image`, `Image.gz`, Image compressed with Zstandard, EFI zboot file (gzip, zstd) or
 * ELF `vmlinux`, also nested.
 *
 * @throws BootImageError `ENOEXEC` if no arm64 kernel can be got from it, `EOPNOTSUPP` for other compressions, `ENODATA` if
 *   it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize`, `EINVAL` for a bad option or senseless headers
 */
export async function unpack(bytes: Uint8Array, options: UnpackOptions = {}): Promise<Unpacked> {
  const maxSize = checkMaxSize(options.maxSize ?? 2 ** 30);
  const { format } = recognise(bytes);
  const steps: string[] = [];
  let current = bytes;
  while (!isImage(current)) {
    if (steps.length >= MAX_LAYERS) throw notKernel(`still no Image after ${MAX_LAYERS} layers`);
    const layer = unpackLayer(current, maxSize);
    steps.push(layer.step);
    current = layer.bytes;
  }
  return { image: current, format, steps };
}

function checkMaxSize(maxSize: number): number {
  if (Number.isSafeInteger(maxSize) && maxSize > 0) return maxSize;
  throw new BootImageError('EINVAL', `maxSize is ${maxSize}`, { value: maxSize, hint: 'Give a number of bytes.' });
}

function unpackLayer(bytes: Uint8Array, maxSize: number): Layer {
  const { format, detail } = recognise(bytes);
  switch (format) {
    case 'Image.gz':
      return { bytes: gunzip(bytes, maxSize).bytes, step: 'gzip' };
    case 'zstd':
      return { bytes: unzstd(bytes, maxSize).bytes, step: 'zstd' };
    case 'zboot':
      return unpackZboot(bytes, maxSize);
    case 'vmlinux':
      return { bytes: flattenVmlinux(bytes, maxSize), step: 'vmlinux' };
    case 'xz':
    case 'bzip2':
    case 'lzma':
    case 'lz4':
      throw unsupported(format, detail);
    default:
      throw notKernel(detail);
  }
}

function unpackZboot(file: Uint8Array, maxSize: number): Layer {
  const { bytes, compression } = zbootPayload(file);
  const step = `zboot ${compression}`;
  if (compression === 'gzip') return { bytes: gunzip(bytes, maxSize).bytes, step };
  if (compression === 'zstd') return { bytes: unzstd(bytes, maxSize).bytes, step };
  throw unsupported(compression, `a zboot file compressed with ${compression || 'nothing named'}`);
}

function unsupported(compression: string, detail: string): BootImageError {
  return new BootImageError('EOPNOTSUPP', `cannot undo ${compression} compression: ${detail}`, {
    value: compression,
    hint: 'Unpack it with the tool of that name first, or give an Image, Image.gz or zstd-compressed kernel.',
  });
}

function notKernel(detail: string): BootImageError {
  return new BootImageError('ENOEXEC', `no arm64 kernel: ${detail}`, {
    hint: 'Give an arm64 Image, Image.gz, EFI zboot vmlinuz or ELF vmlinux.',
  });
}
