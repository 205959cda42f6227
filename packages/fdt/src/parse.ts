import { tooDeep, twice } from './check.ts';
import { FdtError } from './error.ts';
import {
  FDT_BEGIN_NODE,
  FDT_END,
  FDT_END_NODE,
  FDT_NOP,
  FDT_PROP,
  isName,
  MAX_DEPTH,
  MAX_NAME,
  RESERVATION_SIZE,
} from './format.ts';
import { DAMAGED, type Header, parseHeader } from './header.ts';
import type { Fdt, FdtNode, FdtProperty, FdtReservation } from './tree.ts';

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

function openNode(
  name: string,
  parent: OpenNode | undefined,
  root: FdtNode | undefined,
  depth: number,
  offset: number,
): OpenNode {
  if (depth >= MAX_DEPTH) throw tooDeep(name, offset);
  const node: FdtNode = { name, properties: [], children: [] };
  if (parent === undefined) {
    if (root !== undefined) throw invalid(`a second root node '${name}'`, offset);
    if (name !== '') throw invalid(`the root node is named '${name}'; its name must be empty`, offset);
  } else {
    if (!isName(name)) throw invalid(`node name ${JSON.stringify(name)} is empty or has characters names lack`, offset);
    if (parent.childNames.has(name)) throw twice('node', name, label(parent.node), offset);
    parent.childNames.add(name);
    parent.node.children.push(node);
  }
  return { node, propertyNames: new Set(), childNames: new Set() };
}

function parseProperty(blob: Blob, at: number, owner: OpenNode, tokenAt: number): number {
  if (owner.node.children.length > 0) {
    throw invalid(`${label(owner.node)} has a property after its first child`, tokenAt);
  }
  const size = wordAt(blob, at);
  const name = propertyName(blob, at + 4);
  const start = at + 8;
  if (start + size > blob.header.structEnd) {
    throw new FdtError('ERANGE', `property '${name}' of ${size} bytes runs past the structure block`, DAMAGED, {
      offset: tokenAt,
      value: size,
    });
  }
  if (owner.propertyNames.has(name)) throw twice('property', name, label(owner.node), tokenAt);
  owner.propertyNames.add(name);
  const property: FdtProperty = { name, value: blob.bytes.slice(start, start + size) };
  owner.node.properties.push(property);
  return alignWord(start + size, blob.header.structOffset);
}

function wordAt(blob: Blob, at: number): number {
  if (at + 4 > blob.header.structEnd) {
    throw new FdtError('ERANGE', 'the structure block ends without FDT_END', DAMAGED, { offset: at });
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
    throw new FdtError(
      'ERANGE',
      `property name offset 0x${nameOffset.toString(16)} lies outside the strings block`,
      DAMAGED,
      { offset: field, value: nameOffset },
    );
  }
  const name = latin1(blob.bytes, at, terminator(blob.bytes, at, stringsEnd, 'property name'));
  if (!isName(name)) {
    throw invalid(`property name ${JSON.stringify(name)} is empty or has characters names lack`, field);
  }
  return name;
}

function terminator(bytes: Uint8Array, at: number, limit: number, what: string): number {
  // Looking no further than the longest name keeps many references into one huge string from costing much.
  const length = bytes.subarray(at, Math.min(limit, at + MAX_NAME + 1)).indexOf(0);
  if (length === -1) {
    throw new FdtError('ERANGE', `a ${what} does not end inside its block and within ${MAX_NAME} bytes`, DAMAGED, {
      offset: at,
    });
  }
  return at + length;
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
  return new FdtError('EINVAL', message, DAMAGED, { offset });
}

function label(node: FdtNode): string {
  return node.name === '' ? 'the root node' : `node '${node.name}'`;
}
