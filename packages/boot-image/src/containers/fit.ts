import { type Fdt, FdtError, type FdtNode, getProperty, parseFdt, readStrings, readU32 } from '@kexeckit/fdt';
import { hasBytes, hasText, viewOf } from '../bytes.ts';
import { cutting, undoing } from '../compression/advice.ts';
import { AGAIN, damaged, endsEarly } from '../compression/errors.ts';
import { undo } from '../compression/undo.ts';
import { BootImageError } from '../error.ts';
import { checkHashes } from './fit-hash.ts';
import type { BootParts, Context, Layer } from './layer.ts';

export const FDT_MAGIC: readonly number[] = [0xd0, 0x0d, 0xfe, 0xed];
/** A node called images, right below the root, in the structure block: its token, and its name. */
const IMAGES = '\0\0\0\x01images\0\0';
const SEARCHED = 1 << 16;

/** Whether a blob of the device tree format is a FIT image, and not the tree of a machine. */
export function isFit(bytes: Uint8Array): boolean {
  if (bytes.length < 40) return false;
  const start = viewOf(bytes).getUint32(8);
  const end = Math.min(start + SEARCHED, bytes.length);
  for (let at = start; at < end; at += 4) if (hasText(bytes, at, IMAGES)) return true;
  return false;
}

/**
 * Takes the kernel out of a U-Boot FIT image: that of its default configuration, or the only one. Offers the initramfs and
 * the device tree of the same configuration. The hashes of all three are checked; signatures are not.
 *
 * @throws BootImageError `ENOEXEC` where no kernel for arm64 is named, `EBADMSG` for a hash or a tree that is damaged,
 *   `ENODATA` if it is cut short; as `undo`
 */
export async function unpackFit(bytes: Uint8Array, { maxSize, byHand }: Context): Promise<Layer> {
  const fit = parse(bytes);
  const configuration = defaultConfiguration(fit);
  const kernel = kernelOf(fit, configuration);
  const compression = text(kernel, 'compression') ?? 'none';
  const data = await contentOf(bytes, kernel);
  const offset = data.byteOffset - bytes.byteOffset;
  const toKernel = data.buffer === bytes.buffer ? [...byHand, ...cutting(offset, data.length)] : byHand;
  const found = `took ${data.length} bytes of ${compression} data from ${kernel.name} of a U-Boot FIT image`;
  const parts = await partsOf(bytes, fit, configuration, maxSize);
  if (compression === 'none') return { bytes: data, steps: [found], byHand: toKernel, parts };
  const undone = await undo(compression, data, { maxSize, byHand: toKernel });
  const byHandNow = [...toKernel, ...undoing(compression)];
  return { bytes: undone.bytes, steps: [found, `undid ${compression}`], byHand: byHandNow, parts };
}

function parse(bytes: Uint8Array): Fdt {
  try {
    return parseFdt(bytes);
  } catch (cause) {
    if (!(cause instanceof FdtError)) throw cause;
    if (cause.code === 'ENODATA') throw endsEarly('FIT', bytes.length, cause);
    throw damaged(`the tree of the FIT image: ${cause.message}`, { cause });
  }
}

function defaultConfiguration({ root }: Fdt): FdtNode | undefined {
  const all = childOf(root, 'configurations');
  const name = all && text(all, 'default');
  return name === undefined ? all?.children[0] : childOf(all, name);
}

function kernelOf(fit: Fdt, configuration: FdtNode | undefined): FdtNode {
  const named = configuration && text(configuration, 'kernel');
  const images = childOf(fit.root, 'images')?.children ?? [];
  const kernel = images.find((image) =>
    named === undefined ? text(image, 'type') === 'kernel' : image.name === named,
  );
  if (kernel === undefined) throw noKernel('a U-Boot FIT image that names no kernel');
  const arch = text(kernel, 'arch');
  if (arch !== undefined && arch !== 'arm64') throw noKernel(`a U-Boot FIT image with a kernel for ${arch}`);
  return kernel;
}

async function partsOf(
  bytes: Uint8Array,
  fit: Fdt,
  configuration: FdtNode | undefined,
  maxSize: number,
): Promise<BootParts> {
  const part = async (kind: string): Promise<Uint8Array | undefined> => {
    const name = configuration && text(configuration, kind);
    const image = name === undefined ? undefined : childOf(childOf(fit.root, 'images'), name);
    if (image === undefined) return undefined;
    const data = await contentOf(bytes, image);
    const compression = text(image, 'compression') ?? 'none';
    // Linux itself undoes that of an initramfs.
    return compression === 'none' || kind === 'ramdisk' ? data : (await undo(compression, data, { maxSize })).bytes;
  };
  const initrd = await part('ramdisk');
  const dtb = await part('fdt');
  return { ...(initrd && { initrd }), ...(dtb && { dtb }) };
}

/** The data of an image, inside of the tree or behind it, with its hashes checked. */
async function contentOf(bytes: Uint8Array, image: FdtNode): Promise<Uint8Array> {
  const inside = getProperty(image, 'data');
  const data = inside === undefined ? externalData(bytes, image) : placeOf(bytes, inside);
  await checkHashes(image, data);
  return data;
}

const PROP_TOKEN = [0, 0, 0, 3];
/** A property's token, length and name stand before its value. */
const PROP_SIZE = 12;

/** A property's value where it stands in the file, so that it need not stand in memory twice. */
function placeOf(bytes: Uint8Array, value: Uint8Array): Uint8Array {
  const view = viewOf(bytes);
  const start = [...value.subarray(0, 64)];
  for (let at = 0; at + PROP_SIZE + value.length <= bytes.length; at += 4) {
    if (view.getUint32(at + 4) !== value.length || !hasBytes(bytes, at, PROP_TOKEN)) continue;
    const place = bytes.subarray(at + PROP_SIZE, at + PROP_SIZE + value.length);
    if (hasBytes(place, 0, start) && isSame(place, value)) return place;
  }
  return value;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, index) => byte === b[index]);

function externalData(bytes: Uint8Array, image: FdtNode): Uint8Array {
  const size = number(image, 'data-size');
  const offset = number(image, 'data-offset');
  // Counted from the first whole word after the tree.
  const afterTree = Math.ceil(viewOf(bytes).getUint32(4) / 4) * 4;
  const start = number(image, 'data-position') ?? (offset === undefined ? undefined : afterTree + offset);
  if (size === undefined || start === undefined) throw damaged(`${image.name} of the FIT image has no data`);
  if (start + size > bytes.length) {
    const message = `the FIT image has ${bytes.length} bytes, the data of ${image.name} ends at ${start + size}`;
    throw new BootImageError('ENODATA', message, AGAIN, { offset: bytes.length });
  }
  return bytes.subarray(start, start + size);
}

const childOf = (parent: FdtNode | undefined, name: string): FdtNode | undefined =>
  parent?.children.find((child) => child.name === name);

/** The first text of a property; undefined where it is none. */
function text(node: FdtNode, name: string): string | undefined {
  const value = getProperty(node, name);
  try {
    return value && readStrings(value)[0];
  } catch {
    return undefined;
  }
}

function number(node: FdtNode, name: string): number | undefined {
  const value = getProperty(node, name);
  return value?.length === 4 ? readU32(value) : undefined;
}

const noKernel = (what: string): BootImageError =>
  new BootImageError('ENOEXEC', `no arm64 kernel: ${what}`, 'give a FIT image whose default configuration has one', {
    value: what,
  });
