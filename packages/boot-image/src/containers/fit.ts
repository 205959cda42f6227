import { applyOverlay, type Fdt, FdtError, type FdtNode, getProperty, parseFdt, serializeFdt } from '@kexeckit/fdt';
import { hasBytes, hasText, viewOf } from '../bytes.ts';
import { cutting, lineOf, undoing } from '../compression/advice.ts';
import { AGAIN, damaged, endsEarly } from '../compression/errors.ts';
import { isUndone, undo } from '../compression/undo.ts';
import { BootImageError } from '../error.ts';
import { listed } from '../words.ts';
import { number, type Selection, select, text } from './fit-configuration.ts';
import { checkHashes } from './fit-hash.ts';
import type { BootParts, Context, Layer } from './layer.ts';
import { treePart } from './trees.ts';
import { undoLayer } from './undo-layer.ts';

/** Tokens of the structure block. */
const [BEGIN_NODE, END_NODE, PROP, NOP] = [1, 2, 3, 4];

/** Whether a blob of the device tree format is a FIT image, and not the tree of a machine: it has a node /images. */
export function isFit(bytes: Uint8Array): boolean {
  if (bytes.length < 40) return false;
  const view = viewOf(bytes);
  let depth = 0;
  for (let at = view.getUint32(8); at + 8 <= bytes.length; ) {
    const token = view.getUint32(at);
    at += 4;
    if (token === BEGIN_NODE) {
      if (depth++ === 1 && hasText(bytes, at, 'images\0')) return true;
      const end = bytes.indexOf(0, at);
      if (end === -1) return false;
      at = (end & ~3) + 4;
    } else if (token === END_NODE) depth--;
    else if (token === PROP) at += 8 + Math.ceil(view.getUint32(at) / 4) * 4;
    else if (token !== NOP) return false;
  }
  return false;
}

/** A FIT image, and what is to be told of it. */
interface Source {
  bytes: Uint8Array;
  steps: string[];
}

/**
 * Takes the kernel out of a U-Boot FIT image: that of the configuration that is asked for, of the default one, or the only
 * one. Offers the initramfs and the device tree of the same configuration, overlays applied. The hashes of all are checked;
 * signatures are not, which is said.
 *
 * @throws BootImageError `ENOEXEC` where no kernel for arm64 is named, `EBADMSG` for a hash or a tree that is damaged,
 *   `ENODATA` if it is cut short, `EINVAL` for a configuration that is not there, `EOPNOTSUPP` for one that is encrypted; as
 *   `undo`
 */
export async function unpackFit(bytes: Uint8Array, context: Context): Promise<Layer> {
  const { maxSize, byHand, configuration, pace } = context;
  const selection = select(parse(bytes), configuration);
  const kernel = kernelOf(selection);
  const source: Source = { bytes, steps: [] };
  const compression = text(kernel, 'compression') ?? 'none';
  const data = await contentOf(source, kernel);
  const offset = data.byteOffset - bytes.byteOffset;
  const toKernel = data.buffer === bytes.buffer ? [...byHand, ...cutting(offset, data.length)] : byHand;
  const parts = await partsOf(source, selection, context);
  const steps = [foundIn(selection, kernel, data.length, compression), ...source.steps];
  if (selection.isSigned) steps.push('left its signatures unchecked');
  const layer: Layer = { bytes: data, steps, byHand: toKernel, parts };
  return compression === 'none' ? layer : await undoLayer(compression, layer, { maxSize, pace });
}

function foundIn({ name, others }: Selection, kernel: FdtNode, size: number, compression: string): string {
  const found = `took ${size} bytes of ${compression} data from ${kernel.name} of a U-Boot FIT image`;
  if (name === undefined || others.length === 0) return found;
  return `${found}, as its configuration ${name} has it (others: ${listed(others)})`;
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

function kernelOf({ kernel }: Selection): FdtNode {
  if (kernel === undefined) throw noKernel('a U-Boot FIT image that names no kernel');
  const arch = text(kernel, 'arch');
  if (arch !== undefined && arch !== 'arm64') throw noKernel(`a U-Boot FIT image with a kernel for ${arch}`);
  return kernel;
}

async function partsOf(source: Source, { ramdisk, trees }: Selection, context: Context): Promise<BootParts> {
  // Linux itself undoes the compression of an initramfs.
  const initrd = ramdisk && (await contentOf(source, ramdisk));
  const blobs: Uint8Array[] = [];
  for (const tree of trees) {
    const blob = await treeOf(source, tree, context);
    if (blob === undefined) return { ...(initrd && { initrd }) };
    blobs.push(blob);
  }
  const [first, ...overlays] = blobs;
  const dtb = first && (overlays.length === 0 ? first : withOverlays(first, overlays));
  return { ...(initrd && { initrd }), ...(dtb && { dtb }) };
}

/** A device tree, or undefined where its compression is not undone here: the kernel is offered without it, then. */
async function treeOf(
  source: Source,
  tree: FdtNode,
  { maxSize, byHand, pace }: Context,
): Promise<Uint8Array | undefined> {
  const data = await contentOf(source, tree);
  const compression = text(tree, 'compression') ?? 'none';
  if (compression === 'none' || isUndone(compression)) {
    const bytes = compression === 'none' ? data : (await undo(compression, data, { maxSize, pace })).bytes;
    const { parts, steps } = treePart(bytes, `in the place of ${tree.name}`);
    source.steps.push(...steps);
    return parts.dtb;
  }
  const toTree = [
    ...byHand,
    ...cutting(data.byteOffset - source.bytes.byteOffset, data.length),
    ...undoing(compression),
  ];
  source.steps.push(`left out its device tree, which is ${compression} data: ${lineOf(toTree, 'tree.dtb')}`);
  return undefined;
}

/** What U-Boot makes of a tree and the overlays behind it. */
function withOverlays(base: Uint8Array, overlays: readonly Uint8Array[]): Uint8Array {
  try {
    return serializeFdt(overlays.reduce((tree, overlay) => applyOverlay(tree, parseFdt(overlay)), parseFdt(base)));
  } catch (cause) {
    if (!(cause instanceof FdtError)) throw cause;
    throw damaged(`the overlays of the FIT image cannot be applied: ${cause.message}`, { cause });
  }
}

/** The data of an image, inside of the tree or behind it, with its hashes checked. */
async function contentOf({ bytes, steps }: Source, image: FdtNode): Promise<Uint8Array> {
  const cipher = image.children.find(({ name }) => /^cipher(-|@|$)/.test(name));
  if (cipher !== undefined) throw encrypted(image, text(cipher, 'algo') ?? 'a cipher');
  const inside = getProperty(image, 'data');
  const data = inside === undefined ? externalData(bytes, image) : placeOf(bytes, inside);
  const unknown = await checkHashes(image, data);
  if (unknown.length > 0) steps.push(`left the ${listed(unknown)} of ${image.name} unchecked: it is not known here`);
  return data;
}

const encrypted = ({ name }: FdtNode, cipher: string): BootImageError =>
  new BootImageError(
    'EOPNOTSUPP',
    `${name} of the FIT image is encrypted with ${cipher}`,
    'give the kernel as it was before mkimage encrypted it: the key is not in the file',
    { value: cipher },
  );

const PROP_TOKEN = [0, 0, 0, 3];
/** A property's token, length and name stand before its value. */
const PROP_SIZE = 12;

/** A property's value where it stands in the file, so that it need not stand in memory twice. */
function placeOf(bytes: Uint8Array, value: Uint8Array): Uint8Array {
  const view = viewOf(bytes);
  const placeAt = (at: number): Uint8Array | undefined => {
    if (view.getUint32(at + 4) !== value.length || !hasBytes(bytes, at, PROP_TOKEN)) return undefined;
    const place = bytes.subarray(at + PROP_SIZE, at + PROP_SIZE + value.length);
    return isSame(place, value) ? place : undefined;
  };
  const last = bytes.length - PROP_SIZE - value.length;
  // Where the parser has made one copy of the whole block.
  const guess = view.getUint32(8) + value.byteOffset - PROP_SIZE;
  if (guess >= 0 && guess <= last) {
    const place = placeAt(guess);
    if (place !== undefined) return place;
  }
  for (let at = 0; at <= last; at += 4) {
    const place = placeAt(at);
    if (place !== undefined) return place;
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

const noKernel = (what: string): BootImageError =>
  new BootImageError('ENOEXEC', `no arm64 kernel: ${what}`, 'give a FIT image whose default configuration has one', {
    value: what,
  });
