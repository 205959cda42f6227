import { FdtError } from './error.ts';
import {
  FDT_BEGIN_NODE,
  FDT_END,
  FDT_END_NODE,
  FDT_LAST_COMP_VERSION,
  FDT_MAGIC,
  FDT_NOP,
  FDT_PROP,
  FDT_VERSION,
  HEADER_SIZE,
  HEADER_SIZE_V16,
  isName,
  MAX_DEPTH,
  RESERVATION_SIZE,
} from './format.ts';
import type { Fdt, FdtNode, FdtProperty, FdtReservation } from './tree.ts';

interface Header {
  structOffset: number;
  structEnd: number;
  stringsOffset: number;
  stringsEnd: number;
  reservationsOffset: number;
  totalSize: number;
  bootCpuidPhys: number;
}

interface Blob {
  bytes: Uint8Array;
  view: DataView;
  header: Header;
}

interface OpenNode {
  node: FdtNode;
  propertyNames: Set<string>;
  childNames: Set<string>;
}

const DAMAGED = 'The blob is damaged or was not written by a device tree tool; make it again, for example with dtc.';
const TRUNCATED = 'Read the whole file: it must be at least as long as its header says.';

/**
 * Reads a flattened device tree (Devicetree Specification v0.4 chapter 5, versions 16 and 17).
 *
 * Every offset and length is checked before use. Bytes after the header's `totalsize` are ignored, so a blob inside a
 * larger buffer can be read. The result shares no memory with `bytes`.
 *
 * @throws FdtError `EBADMSG`, `EOPNOTSUPP`, `ENODATA`, `ERANGE`, `EINVAL` or `EEXIST`, with the byte offset
 */
export function parseFdt(bytes: Uint8Array): Fdt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = parseHeader(view);
  const blob = { bytes, view, header };
  return {
    bootCpuidPhys: header.bootCpuidPhys,
    reservations: parseReservations(blob),
    root: parseStructure(blob),
  };
}

function parseHeader(view: DataView): Header {
  if (view.byteLength < 4) {
    throw new FdtError('ENODATA', `${view.byteLength} bytes cannot hold a device tree`, { offset: 0, hint: TRUNCATED });
  }
  const magic = view.getUint32(0);
  if (magic !== FDT_MAGIC) {
    throw new FdtError('EBADMSG', `not a device tree: the first word is 0x${magic.toString(16)}, not 0xd00dfeed`, {
      offset: 0,
      value: magic,
      hint: 'Give a compiled blob (.dtb); compile DTS text with dtc first.',
    });
  }
  needHeader(view, HEADER_SIZE_V16);
  const totalSize = view.getUint32(4);
  const version = view.getUint32(20);
  const lastCompVersion = view.getUint32(24);
  if (version < FDT_LAST_COMP_VERSION || lastCompVersion > FDT_VERSION) {
    throw new FdtError('EOPNOTSUPP', `device tree version ${version} (compatible with ${lastCompVersion})`, {
      offset: 20,
      value: version,
      hint: `Versions ${FDT_LAST_COMP_VERSION} and ${FDT_VERSION} can be read; convert with dtc -I dtb -O dtb.`,
    });
  }
  const headerSize = version >= FDT_VERSION ? HEADER_SIZE : HEADER_SIZE_V16;
  needHeader(view, headerSize);
  if (totalSize > view.byteLength) {
    throw new FdtError('ENODATA', `the header says ${totalSize} bytes, ${view.byteLength} are here`, {
      offset: 4,
      value: totalSize,
      hint: TRUNCATED,
    });
  }
  const structOffset = blockOffset(view, 8, 'structure', 4, headerSize, totalSize);
  const stringsOffset = blockOffset(view, 12, 'strings', 1, headerSize, totalSize);
  const reservationsOffset = blockOffset(view, 16, 'memory reservation', 8, headerSize, totalSize);
  const stringsEnd = blockEnd(view, 32, 'strings', stringsOffset, totalSize);
  // Version 16 does not say how long the structure block is: FDT_END ends it.
  const structEnd = version >= FDT_VERSION ? blockEnd(view, 36, 'structure', structOffset, totalSize) : totalSize;
  return {
    structOffset,
    structEnd,
    stringsOffset,
    stringsEnd,
    reservationsOffset,
    totalSize,
    bootCpuidPhys: view.getUint32(28),
  };
}

function needHeader(view: DataView, size: number): void {
  if (view.byteLength < size) {
    throw new FdtError('ENODATA', `${view.byteLength} bytes cannot hold the ${size} bytes of the header`, {
      offset: view.byteLength,
      hint: TRUNCATED,
    });
  }
}

function blockOffset(
  view: DataView,
  field: number,
  name: string,
  align: number,
  headerSize: number,
  totalSize: number,
): number {
  const offset = view.getUint32(field);
  if (offset < headerSize || offset > totalSize) {
    throw new FdtError('ERANGE', `the ${name} block at 0x${offset.toString(16)} lies outside the blob`, {
      offset: field,
      value: offset,
      hint: DAMAGED,
    });
  }
  if (offset % align !== 0) {
    throw new FdtError('EINVAL', `the ${name} block at 0x${offset.toString(16)} is not ${align}-byte aligned`, {
      offset: field,
      value: offset,
      hint: DAMAGED,
    });
  }
  return offset;
}

function blockEnd(view: DataView, field: number, name: string, offset: number, totalSize: number): number {
  const size = view.getUint32(field);
  if (offset + size > totalSize) {
    throw new FdtError('ERANGE', `the ${name} block is ${size} bytes long and runs past the end of the blob`, {
      offset: field,
      value: size,
      hint: DAMAGED,
    });
  }
  return offset + size;
}

function parseReservations({ view, header }: Blob): FdtReservation[] {
  const reservations: FdtReservation[] = [];
  for (let at = header.reservationsOffset; ; at += RESERVATION_SIZE) {
    if (at + RESERVATION_SIZE > header.totalSize) {
      throw new FdtError('ERANGE', 'the memory reservation block has no end entry of zeros', {
        offset: at,
        hint: DAMAGED,
      });
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
      const { name, next } = nodeName(blob, at);
      at = next;
      const opened = openNode(name, parent, root, open.length, tokenAt);
      root ??= opened.node;
      open.push(opened);
    } else if (token === FDT_PROP) {
      if (parent === undefined) throw invalid('a property outside every node', tokenAt);
      at = parseProperty(blob, at, parent, tokenAt);
    } else if (token === FDT_END_NODE) {
      if (open.pop() === undefined) throw invalid('a node ends that never began', tokenAt);
    } else if (token === FDT_END) {
      if (parent !== undefined) throw invalid(`the tree ends inside node '${parent.node.name || '/'}'`, tokenAt);
      if (root === undefined) throw invalid('the tree has no root node', tokenAt);
      return root;
    } else {
      throw new FdtError('EINVAL', `unknown token 0x${token.toString(16)} in the structure block`, {
        offset: tokenAt,
        value: token,
        hint: DAMAGED,
      });
    }
  }
}

function openNode(
  name: string,
  parent: OpenNode | undefined,
  root: FdtNode | undefined,
  depth: number,
  offset: number,
): OpenNode {
  if (depth >= MAX_DEPTH) {
    throw new FdtError('ERANGE', `nodes are nested more than ${MAX_DEPTH} deep`, {
      offset,
      value: name,
      hint: 'Linux ignores deeper nodes; flatten the tree.',
    });
  }
  const node: FdtNode = { name, properties: [], children: [] };
  if (parent === undefined) {
    if (root !== undefined) throw invalid(`a second root node '${name}'`, offset);
    if (name !== '') throw invalid(`the root node is named '${name}'; its name must be empty`, offset);
  } else {
    if (!isName(name)) throw invalid(`node name ${JSON.stringify(name)} is empty or has characters names lack`, offset);
    if (parent.childNames.has(name)) throw twice('node', name, offset);
    parent.childNames.add(name);
    parent.node.children.push(node);
  }
  return { node, propertyNames: new Set(), childNames: new Set() };
}

function parseProperty(blob: Blob, at: number, owner: OpenNode, tokenAt: number): number {
  if (owner.node.children.length > 0) {
    throw invalid(`node '${owner.node.name || '/'}' has a property after its first child`, tokenAt);
  }
  const size = wordAt(blob, at);
  const name = propertyName(blob, at + 4);
  const start = at + 8;
  if (start + size > blob.header.structEnd) {
    throw new FdtError('ERANGE', `property '${name}' of ${size} bytes runs past the structure block`, {
      offset: tokenAt,
      value: size,
      hint: DAMAGED,
    });
  }
  if (owner.propertyNames.has(name)) throw twice('property', name, tokenAt);
  owner.propertyNames.add(name);
  const property: FdtProperty = { name, value: blob.bytes.slice(start, start + size) };
  owner.node.properties.push(property);
  return alignWord(start + size, blob.header.structOffset);
}

function wordAt(blob: Blob, at: number): number {
  if (at + 4 > blob.header.structEnd) {
    throw new FdtError('ERANGE', 'the structure block ends without FDT_END', { offset: at, hint: DAMAGED });
  }
  return blob.view.getUint32(at);
}

function nodeName(blob: Blob, at: number): { name: string; next: number } {
  const end = terminator(blob.bytes, at, blob.header.structEnd, 'node name');
  return { name: latin1(blob.bytes, at, end), next: alignWord(end + 1, blob.header.structOffset) };
}

function propertyName(blob: Blob, field: number): string {
  const nameOffset = wordAt(blob, field);
  const { stringsOffset, stringsEnd } = blob.header;
  const at = stringsOffset + nameOffset;
  if (at >= stringsEnd) {
    throw new FdtError('ERANGE', `property name offset 0x${nameOffset.toString(16)} lies outside the strings block`, {
      offset: field,
      value: nameOffset,
      hint: DAMAGED,
    });
  }
  const name = latin1(blob.bytes, at, terminator(blob.bytes, at, stringsEnd, 'property name'));
  if (!isName(name)) {
    throw invalid(`property name ${JSON.stringify(name)} is empty or has characters names lack`, field);
  }
  return name;
}

function terminator(bytes: Uint8Array, at: number, limit: number, what: string): number {
  const end = bytes.indexOf(0, at);
  if (end === -1 || end >= limit) {
    throw new FdtError('ERANGE', `a ${what} has no end inside its block`, { offset: at, hint: DAMAGED });
  }
  return end;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

function alignWord(at: number, base: number): number {
  return at + (-(at - base) & 3);
}

function invalid(message: string, offset: number): FdtError {
  return new FdtError('EINVAL', message, { offset, hint: DAMAGED });
}

function twice(what: string, name: string, offset: number): FdtError {
  return new FdtError('EEXIST', `${what} '${name}' appears twice in one node`, {
    offset,
    value: name,
    hint: 'Names must be unique inside a node (Devicetree Specification 2.2.1); remove one.',
  });
}
