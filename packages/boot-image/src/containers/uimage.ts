import { crc32 } from 'hash-wasm';
import { copyOf, viewOf } from '../bytes.ts';
import { cutting } from '../compression/advice.ts';
import { AGAIN, damaged } from '../compression/errors.ts';
import { BootImageError } from '../error.ts';
import type { BootParts, Context, Layer } from './layer.ts';
import { treePart } from './trees.ts';
import { undoLayer } from './undo-layer.ts';

// U-Boot's legacy image header, big-endian.
const HEADER_SIZE = 64;
const [HEADER_CRC_AT, SIZE_AT, DATA_CRC_AT, ARCH_AT, TYPE_AT, COMPRESSION_AT] = [4, 12, 24, 29, 30, 31];
const ARM64 = 22;
const TYPES = new Map([
  [2, 'kernel'],
  [3, 'ramdisk'],
  [4, 'multi'],
  [6, 'script'],
  [8, 'flat_dt'],
  [14, 'kernel_noload'],
]);
/** Of those without a place to be loaded at, U-Boot boots the kernel where it is. */
const KERNELS = ['kernel', 'kernel_noload', 'multi'];
const COMPRESSIONS = ['none', 'gzip', 'bzip2', 'lzma', 'lzo', 'lz4', 'zstd'];

interface UImage {
  type: string;
  compression: string;
  /** The data, its checksum checked. */
  data: Uint8Array;
}

/** What a uImage says it is, for people; its checksums are not looked at. */
export function uImageType(bytes: Uint8Array): string | undefined {
  return TYPES.get(bytes[TYPE_AT] ?? 0);
}

/**
 * Takes the kernel out of a U-Boot uImage, alone or with an initramfs and a device tree (`multi`). Both checksums are checked.
 *
 * @throws BootImageError `ENODATA` if it is cut short, `EBADMSG` for a checksum, `ENOEXEC` for another content or machine;
 *   as `undo`
 */
export async function unpackUImage(bytes: Uint8Array, { maxSize, byHand, pace }: Context): Promise<Layer> {
  const { type, compression, data } = await readUImage(bytes);
  if (!KERNELS.includes(type)) throw noKernel(`a U-Boot uImage of type ${type}`);
  const [kernel, ...others] = type === 'multi' ? multiParts(data) : [data];
  if (kernel === undefined) throw noKernel('a U-Boot uImage with nothing in it');
  const toKernel = [...byHand, ...cutting(kernel.byteOffset - bytes.byteOffset, kernel.length)];
  const steps = [`took ${kernel.length} bytes of ${compression} data from a U-Boot uImage`];
  const { parts, steps: said } = partsOf(others);
  steps.push(...said);
  const layer: Layer = { bytes: kernel, steps, byHand: toKernel, parts };
  return compression === 'none' ? layer : await undoLayer(compression, layer, { maxSize, pace });
}

/** Takes the data out of a uImage of any type. @throws BootImageError as {@link unpackUImage} */
async function readUImage(bytes: Uint8Array): Promise<UImage> {
  need(bytes, HEADER_SIZE);
  const header = copyOf(bytes.subarray(0, HEADER_SIZE));
  const view = viewOf(header);
  const headerCrc = view.getUint32(HEADER_CRC_AT);
  // The checksum is made while its own field is zero.
  view.setUint32(HEADER_CRC_AT, 0);
  if ((await checksum(header)) !== headerCrc) throw damaged('the checksum of the uImage header does not fit it');
  const end = HEADER_SIZE + view.getUint32(SIZE_AT);
  need(bytes, end);
  if (header[ARCH_AT] !== ARM64) throw noKernel('a U-Boot uImage for another machine');
  const data = bytes.subarray(HEADER_SIZE, end);
  if ((await checksum(data)) !== view.getUint32(DATA_CRC_AT))
    throw damaged('the checksum of the uImage data does not fit it', { offset: HEADER_SIZE });
  return {
    type: TYPES.get(header[TYPE_AT] ?? 0) ?? `${header[TYPE_AT]}`,
    compression: COMPRESSIONS[header[COMPRESSION_AT] ?? 0] ?? `${header[COMPRESSION_AT]}`,
    data,
  };
}

const checksum = async (bytes: Uint8Array): Promise<number> => Number.parseInt(await crc32(bytes), 16);

/** A list of sizes, ended by a zero, and then the parts, each padded to four bytes. */
function multiParts(data: Uint8Array): Uint8Array[] {
  const view = viewOf(data);
  const sizes: number[] = [];
  for (let at = 0; at + 4 <= data.length; at += 4) {
    const size = view.getUint32(at);
    if (size === 0) return cutParts(data, at + 4, sizes);
    sizes.push(size);
  }
  throw damaged('the list of parts of the uImage has no end');
}

function cutParts(data: Uint8Array, start: number, sizes: readonly number[]): Uint8Array[] {
  let at = start;
  return sizes.map((size) => {
    need(data, at + size);
    const part = data.subarray(at, at + size);
    at += Math.ceil(size / 4) * 4;
    return part;
  });
}

function partsOf([initrd, dtb]: readonly Uint8Array[]): { parts: BootParts; steps: string[] } {
  const tree = dtb === undefined ? { parts: {}, steps: [] } : treePart(dtb, 'in the place of its device tree');
  return { parts: { ...(initrd && { initrd }), ...tree.parts }, steps: tree.steps };
}

function need(bytes: Uint8Array, size: number): void {
  if (bytes.length >= size) return;
  throw new BootImageError('ENODATA', `the uImage has ${bytes.length} bytes, and needs ${size}`, AGAIN, {
    offset: bytes.length,
  });
}

const noKernel = (what: string): BootImageError =>
  new BootImageError(
    'ENOEXEC',
    `no arm64 kernel: ${what}`,
    'give the uImage of an arm64 kernel, made with mkimage -A arm64',
    {
      value: what,
    },
  );
