import { copyOf, viewOf } from '../bytes.ts';
import { cutting } from '../compression/advice.ts';
import { AGAIN, damaged } from '../compression/errors.ts';
import { BootImageError } from '../error.ts';
import type { BootParts, Context, Layer } from './layer.ts';
import { treePart } from './trees.ts';

export const ANDROID_MAGIC = 'ANDROID!';
// From version 3 on, every page has 4 KiB.
const PAGE_SIZE_3 = 4096;
const PAGE_SIZE_MAX = 1 << 20;
const HEADER_SIZES = [1632, 1648, 1660, 1580, 1584];

/** Where a part of the file lies. */
interface Extent {
  offset: number;
  size: number;
}

interface AndroidHeader {
  version: number;
  kernel: Extent;
  initrd: Extent;
  dtb: Extent | undefined;
  cmdline: string;
}

/** The version of an Android boot image's header. */
export const androidVersion = (bytes: Uint8Array): number =>
  bytes.length < 44 ? 0 : viewOf(bytes).getUint32(40, true);

/**
 * Takes the kernel out of an Android boot image of version 0 to 4, and offers the initramfs, the command line and the
 * device tree (version 2) in it. From version 3 on, the rest of the initramfs and the tree are in `vendor_boot`.
 *
 * @throws BootImageError `ENODATA` if it is cut short, `EBADMSG` for a header that makes no sense, `EOPNOTSUPP` for an
 *   unknown version, `ENOEXEC` without a kernel
 */
export function unpackAndroid(bytes: Uint8Array, { byHand }: Context): Layer {
  const header = readHeader(bytes);
  const { version, kernel, initrd, dtb, cmdline } = header;
  if (kernel.size === 0) throw noKernel(version);
  const content = cut(bytes, kernel, 'kernel');
  const tree = dtb && treePart(cut(bytes, dtb, 'dtb'), 'in the place of its device tree');
  const parts: BootParts = {
    ...(initrd.size > 0 && { initrd: cut(bytes, initrd, 'ramdisk') }),
    ...(cmdline !== '' && { cmdline }),
    ...tree?.parts,
  };
  return {
    bytes: content,
    steps: [`took ${content.length} bytes from an Android boot image of version ${version}`, ...(tree?.steps ?? [])],
    byHand: [...byHand, ...cutting(kernel.offset, kernel.size)],
    parts,
  };
}

function readHeader(bytes: Uint8Array): AndroidHeader {
  const version = androidVersion(bytes);
  const size = HEADER_SIZES[version];
  if (size === undefined) throw unknownVersion(version);
  if (bytes.length < size) throw endsEarly(bytes.length, 'header', size);
  return version < 3 ? readOldHeader(bytes, version) : readNewHeader(bytes, version);
}

/** Versions 0 to 2: sizes and addresses of each part, the page size, and the command line in two pieces. */
function readOldHeader(bytes: Uint8Array, version: number): AndroidHeader {
  const view = viewOf(bytes);
  const word = (at: number): number => view.getUint32(at, true);
  const page = word(36);
  if (page < 512 || page > PAGE_SIZE_MAX || (page & (page - 1)) !== 0)
    throw damaged(`the Android boot image has pages of ${page} bytes`, { offset: 36 });
  const sizes = [word(8), word(16), word(24), version > 0 ? word(1632) : 0, version > 1 ? word(1648) : 0];
  const [kernel = NOTHING, initrd = NOTHING, , , dtb] = inPages(page, page, sizes);
  return { version, kernel, initrd, dtb, cmdline: textOf(bytes, [64, 512], [608, 1024]) };
}

function readNewHeader(bytes: Uint8Array, version: number): AndroidHeader {
  const view = viewOf(bytes);
  const sizes = [view.getUint32(8, true), view.getUint32(12, true)];
  const [kernel = NOTHING, initrd = NOTHING] = inPages(PAGE_SIZE_3, PAGE_SIZE_3, sizes);
  return { version, kernel, initrd, dtb: undefined, cmdline: textOf(bytes, [44, 1536]) };
}

/** A text in fields that follow each other, each up to its first NUL; letters may lie across their border. */
function textOf(bytes: Uint8Array, ...fields: readonly [offset: number, size: number][]): string {
  const decoder = new TextDecoder();
  const pieces = fields.map(([offset, size]) => {
    const field = copyOf(bytes.subarray(offset, offset + size));
    const end = field.indexOf(0);
    return decoder.decode(end === -1 ? field : field.subarray(0, end), { stream: true });
  });
  return pieces.join('') + decoder.decode();
}

const NOTHING: Extent = { offset: 0, size: 0 };

/** Parts that follow each other, each from a page of its own. */
function inPages(page: number, start: number, sizes: readonly number[]): Extent[] {
  let offset = start;
  return sizes.map((size) => {
    const extent = { offset, size };
    offset += Math.ceil(size / page) * page;
    return extent;
  });
}

function cut(bytes: Uint8Array, { offset, size }: Extent, what: string): Uint8Array {
  if (offset + size > bytes.length) throw endsEarly(bytes.length, what, offset + size);
  return bytes.subarray(offset, offset + size);
}

function endsEarly(size: number, what: string, end: number): BootImageError {
  const message = `the Android boot image has ${size} bytes, its ${what} ends at ${end}`;
  return new BootImageError('ENODATA', message, AGAIN, { offset: size });
}

const unknownVersion = (version: number): BootImageError =>
  new BootImageError('EOPNOTSUPP', `an Android boot image of version ${version}`, 'versions 0 to 4 are known here', {
    value: version,
  });

const noKernel = (version: number): BootImageError =>
  new BootImageError(
    'ENOEXEC',
    `no arm64 kernel: an Android boot image of version ${version} without a kernel, as init_boot has it`,
    'give the image of the partition boot',
    { value: version },
  );
