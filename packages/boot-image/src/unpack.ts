import { AGAIN, notKernel, unsupportedCompression } from './advice.ts';
import { flattenVmlinux } from './elf.ts';
import { BootImageError } from './error.ts';
import { gunzip } from './gzip.ts';
import { isImage } from './header.ts';
import { wholeImage } from './image.ts';
import { PE_MACHINE_ARM64, readPe } from './pe.ts';
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
  /** The arm64 Image. It may share memory with the input. */
  image: Uint8Array;
  /** What the input was. */
  format: BootImageFormat;
  /** What was done, in order, for people; empty when the input was an Image and nothing else. */
  steps: string[];
}

interface Layer {
  bytes: Uint8Array;
  steps: string[];
}

// zboot in a unified kernel image in gzip is already more than anybody makes.
const MAX_LAYERS = 4;

/**
 * Gets the raw arm64 Image out of an `Image`, `Image.gz`, Image compressed with Zstandard, EFI zboot file (gzip or zstd),
 * unified kernel image (its `.linux` section) or ELF `vmlinux`, also nested. Lengths and checksums are checked where the
 * formats have them. The work is done in one go: in a browser, do it in a worker.
 *
 * @throws BootImageError `ENOEXEC` if there is no arm64 kernel in it, `EOPNOTSUPP` for other compressions, `ENODATA` if
 *   it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize`, `EINVAL` for a bad option or senseless headers
 */
export async function unpack(bytes: Uint8Array, options: UnpackOptions = {}): Promise<Unpacked> {
  const maxSize = checkMaxSize(options.maxSize ?? 2 ** 30);
  const { format } = recognise(bytes);
  const steps: string[] = [];
  let current = bytes;
  for (let layers = 0; !isImage(current); layers++) {
    if (layers === MAX_LAYERS) throw notKernel('and there is yet another layer', steps);
    const layer = unpackLayer(current, maxSize, steps);
    steps.push(...layer.steps);
    current = layer.bytes;
  }
  const whole = wholeImage(current);
  return { image: whole.bytes, format, steps: [...steps, ...whole.steps] };
}

function checkMaxSize(maxSize: number): number {
  if (Number.isSafeInteger(maxSize) && maxSize > 0) return maxSize;
  throw new BootImageError('EINVAL', `maxSize is ${maxSize}, not a number of bytes`, 'give a whole number above 0', {
    value: maxSize,
  });
}

function unpackLayer(bytes: Uint8Array, maxSize: number, steps: readonly string[]): Layer {
  const { format, detail } = recognise(bytes);
  switch (format) {
    case 'Image.gz':
      return decompressed('gzip', gunzip(bytes, maxSize));
    case 'zstd':
      return decompressed('zstd', unzstd(bytes, maxSize));
    case 'zboot':
      return unpackZboot(bytes, maxSize);
    case 'PE':
      return unpackUki(bytes, detail, steps);
    case 'vmlinux':
      return unpackVmlinux(bytes, maxSize, steps);
    case 'xz':
    case 'bzip2':
    case 'lzma':
    case 'lz4':
      throw unsupportedCompression(format, detail);
    default:
      throw notKernel(detail, steps);
  }
}

function decompressed(name: string, result: { bytes: Uint8Array; trailing: Uint8Array }): Layer {
  const { bytes, trailing } = result;
  const steps = [`undid ${name}: ${bytes.length} bytes`];
  if (trailing.length > 0) {
    const what = recognise(trailing).format === 'fit' ? ' (a device tree)' : '';
    steps.push(`left out ${trailing.length} bytes after the ${name} data${what}`);
  }
  return { bytes, steps };
}

function unpackZboot(file: Uint8Array, maxSize: number): Layer {
  const { bytes, compression, offset } = zbootPayload(file);
  const found = `found ${bytes.length} bytes of ${compression} data in the zboot file`;
  // Only gzip's own length is counted into the payload; others are followed by one that is not.
  if (compression === 'gzip') return { bytes: gunzip(bytes, maxSize).bytes, steps: [found, 'undid gzip'] };
  if (compression === 'zstd') return { bytes: unzstd(bytes, maxSize).bytes, steps: [found, 'undid zstd'] };
  throw unsupportedCompression(compression, 'an EFI zboot kernel', { offset, size: bytes.length });
}

function unpackUki(bytes: Uint8Array, detail: string, steps: readonly string[]): Layer {
  const pe = readPe(bytes);
  const linux = pe?.sections.find(({ name }) => name === '.linux');
  if (linux === undefined || pe?.machine !== PE_MACHINE_ARM64) throw notKernel(detail, steps);
  if (linux.end > bytes.length) {
    throw new BootImageError(
      'ENODATA',
      `the file has ${bytes.length} bytes, its .linux section ends at ${linux.end}`,
      AGAIN,
      { offset: bytes.length },
    );
  }
  return {
    bytes: bytes.subarray(linux.offset, linux.offset + linux.size),
    steps: [`took ${linux.size} bytes from the .linux section of a unified kernel image`],
  };
}

function unpackVmlinux(bytes: Uint8Array, maxSize: number, steps: readonly string[]): Layer {
  const image = flattenVmlinux(bytes, maxSize);
  if (!isImage(image)) throw notKernel('an AArch64 ELF file that does not begin with an Image header', steps);
  return { bytes: image, steps: [`laid the segments of vmlinux out: ${image.length} bytes`] };
}
