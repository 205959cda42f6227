import { tooDeep, twice } from './check.ts';
import { FdtError } from './error.ts';
import { FDT_BEGIN_NODE, FDT_END, FDT_END_NODE, FDT_NOP, FDT_PROP, MAX_DEPTH, RESERVATION_SIZE } from './format.ts';
import { DAMAGED, type Header, parseHeader } from './header.ts';
import { latin1, NameReader, nameEnd, nameText } from './name-reader.ts';

import { SiblingNames } from './sibling-names.ts';
import type { Fdt, FdtNode, FdtReservation } from './tree.ts';

interface Blob {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly header: Header;
  readonly names: NameReader;
  /** A copy of the structure block, of which every value is a part: one piece of memory instead of one for each. */
  readonly values: ArrayBuffer;
  readonly layout: boolean;
}

interface OpenNode {
  readonly node: FdtNode;
  readonly propertyNames: SiblingNames;
  readonly childNames: SiblingNames;
}

/** How to read. */
export interface ParseOptions {
  /**
   * Whether it is noted how the blob was laid out (`nameOrder`, `padding`), so that it is written as it was, byte for byte. That says
   * nothing of the tree, and can hold what was there before, a seed perhaps. No by default.
   */
  readonly layout?: boolean;
}

/**
 * Reads a flattened device tree (Devicetree Specification v0.4 chapter 5, versions 16 and 17).
 *
 * Every offset and length is checked before use. Bytes after the header's `totalsize` are ignored, so a blob inside a
 * larger buffer can be read. The result shares no memory with `bytes`.
 *
 * @throws FdtError `EBADMSG`, `EOPNOTSUPP`, `ENODATA`, `ERANGE`, `EINVAL` or `EEXIST`, with the byte offset
 */
export function parseFdt(bytes: Uint8Array, { layout = false }: ParseOptions = {}): Fdt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = parseHeader(view);
  const values = new Uint8Array(bytes.subarray(header.structOffset, header.structEnd)).buffer;
  const blob = { bytes, view, header, names: new NameReader(bytes, header), values, layout };
  const fdt: Fdt = {
    bootCpuidPhys: header.bootCpuidPhys,
    reservations: parseReservations(blob),
    root: parseStructure(blob),
  };
  if (layout) noteLayout(fdt, blob);
  return fdt;
}

function noteLayout(fdt: Fdt, { header, names }: Blob): void {
  const nameOrder = names.order();
  if (nameOrder !== undefined) fdt.nameOrder = nameOrder;
  const padding = header.totalSize - Math.max(header.structEnd, header.stringsEnd);
  if (padding > 0) fdt.padding = padding;
}

function parseReservations({ view, header }: Blob): FdtReservation[] {
  const reservations: FdtReservation[] = [];
  for (let at = header.reservationsOffset; ; at += RESERVATION_SIZE) {
    if (at + RESERVATION_SIZE > header.totalSize) {
      throw new FdtError('ERANGE', 'the memory reservation block has no end entry of zeros', DAMAGED, { offset: at });
    }
    const address = view.getBigUint64(at);
    const size = view.getBigUint64(at + 8);
    if (address === 0n && size === 0n) return reservations;
    reservations.push({ address, size });
  }
}

function parseStructure(blob: Blob): FdtNode {
  const { header } = blob;
  const open: OpenNode[] = [];
  let root: FdtNode | undefined;
  let at = header.structOffset;
  for (;;) {
    const tokenAt = at;
    const token = wordAt(blob, at);
    at += 4;
    if (token === FDT_NOP) continue;
    const parent = open.at(-1);
    if (token === FDT_BEGIN_NODE) {
      const end = nameEnd(blob.bytes, at, header.structEnd, 'node name');
      const opened = openNode(blob, at, end, parent, root, open.length);
      at = alignWord(end + 1, header.structOffset);
      root ??= opened.node;
      open.push(opened);
    } else if (token === FDT_PROP) {
      if (parent === undefined) throw invalid('a property outside every node', tokenAt);
      at = parseProperty(blob, at, parent, tokenAt);
    } else if (token === FDT_END_NODE) {
      if (open.pop() === undefined) throw invalid('a node ends that never began', tokenAt);
    } else if (token === FDT_END) {
      if (parent !== undefined) throw invalid(`the tree ends inside ${label(parent.node)}`, tokenAt);
      if (root === undefined) throw invalid('the tree has no root node', tokenAt);
      return root;
    } else {
      throw new FdtError('EINVAL', `unknown token 0x${token.toString(16)} in the structure block`, DAMAGED, {
        offset: tokenAt,
        value: token,
      });
    }
  }
}

/** @param at where the node's name is, which ends at `end`. */
function openNode(
  { bytes }: Blob,
  at: number,
  end: number,
  parent: OpenNode | undefined,
  root: FdtNode | undefined,
  depth: number,
): OpenNode {
  const offset = at - 4;
  if (depth >= MAX_DEPTH) throw tooDeep(latin1(bytes, at, end), offset);
  if (parent === undefined) return openRoot(latin1(bytes, at, end), root, offset);
  const name = nameText(bytes, at, end);
  if (name === undefined) {
    throw invalid(`node name ${JSON.stringify(latin1(bytes, at, end))} is empty or has characters names lack`, offset);
  }
  if (!parent.childNames.isNew(name, parent.node.children)) throw twice('node', name, label(parent.node), offset);
  const opened = newNode(name);
  parent.node.children.push(opened.node);
  return opened;
}

function openRoot(name: string, root: FdtNode | undefined, offset: number): OpenNode {
  if (root !== undefined) throw invalid(`a second root node '${name}'`, offset);
  if (name !== '') throw invalid(`the root node is named '${name}'; its name must be empty`, offset);
  return newNode(name);
}

function newNode(name: string): OpenNode {
  return {
    node: { name, properties: [], children: [] },
    propertyNames: new SiblingNames(),
    childNames: new SiblingNames(),
  };
}

function parseProperty(blob: Blob, at: number, owner: OpenNode, tokenAt: number): number {
  const { structOffset, structEnd } = blob.header;
  if (owner.node.children.length > 0) {
    throw invalid(`${label(owner.node)} has a property after its first child`, tokenAt);
  }
  const size = wordAt(blob, at);
  const name = blob.names.read(wordAt(blob, at + 4), at + 4);
  const start = at + 8;
  if (start + size > structEnd) {
    throw new FdtError('ERANGE', `property '${name}' of ${size} bytes runs past the structure block`, DAMAGED, {
      offset: tokenAt,
      value: size,
    });
  }
  if (!owner.propertyNames.isNew(name, owner.node.properties))
    throw twice('property', name, label(owner.node), tokenAt);
  const value = new Uint8Array(blob.values, start - structOffset, size);
  const padding = blob.layout ? paddingAfter(blob, start + size) : undefined;
  owner.node.properties.push(padding === undefined ? { name, value } : { name, value, padding });
  return alignWord(start + size, structOffset);
}

/** The bytes between `end` and the next word, if they are not zeros. */
function paddingAfter({ bytes, header }: Blob, end: number): Uint8Array | undefined {
  const next = Math.min(alignWord(end, header.structOffset), header.structEnd);
  for (let at = end; at < next; at++) if (bytes[at] !== 0) return new Uint8Array(bytes.subarray(end, next));
  return undefined;
}

function wordAt(blob: Blob, at: number): number {
  if (at + 4 > blob.header.structEnd) {
    throw new FdtError('ERANGE', 'the structure block ends without FDT_END', DAMAGED, { offset: at });
  }
  return blob.view.getUint32(at);
}

function alignWord(at: number, base: number): number {
  return at + (-(at - base) & 3);
}

function invalid(message: string, offset: number): FdtError {
  return new FdtError('EINVAL', message, DAMAGED, { offset });
}

function label(node: FdtNode): string {
  return node.name === '' ? 'the root node' : `node '${node.name}'`;
}
