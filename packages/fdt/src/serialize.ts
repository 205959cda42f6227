import { FdtError } from './error.ts';
import {
  FDT_BEGIN_NODE,
  FDT_END,
  FDT_END_NODE,
  FDT_LAST_COMP_VERSION,
  FDT_MAGIC,
  FDT_PROP,
  FDT_VERSION,
  HEADER_SIZE,
  isName,
  MAX_DEPTH,
  RESERVATION_SIZE,
} from './format.ts';
import type { Fdt, FdtNode, FdtReservation } from './tree.ts';

interface Strings {
  offsets: Map<string, number>;
  size: number;
}

interface Writer {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  strings: Strings;
}

const U64_LIMIT = 1n << 64n;

/**
 * Writes a device tree as a version 17 blob (Devicetree Specification v0.4 chapter 5), packed: no free space, every
 * property name once in the strings block. The same tree always gives the same bytes.
 *
 * @throws FdtError `EINVAL` or `EEXIST` for names a blob cannot hold, `ERANGE` for numbers that do not fit
 */
export function serializeFdt(fdt: Fdt): Uint8Array {
  checkNumbers(fdt);
  const strings: Strings = { offsets: new Map(), size: 0 };
  const structSize = measure(fdt.root, strings, 0, '') + 4;
  const structOffset = HEADER_SIZE + (fdt.reservations.length + 1) * RESERVATION_SIZE;
  const stringsOffset = structOffset + structSize;
  const totalSize = stringsOffset + strings.size;
  if (totalSize > 0xffffffff) {
    throw new FdtError('ERANGE', `the device tree needs ${totalSize} bytes`, {
      value: totalSize,
      hint: 'A blob holds less than 4 GiB, and an arm64 kernel takes at most 2 MiB.',
    });
  }
  const bytes = new Uint8Array(totalSize);
  const view = new DataView(bytes.buffer);
  const header = [
    FDT_MAGIC,
    totalSize,
    structOffset,
    stringsOffset,
    HEADER_SIZE,
    FDT_VERSION,
    FDT_LAST_COMP_VERSION,
    fdt.bootCpuidPhys,
    strings.size,
    structSize,
  ];
  header.forEach((word, index) => {
    view.setUint32(index * 4, word);
  });
  writeReservations(view, fdt.reservations);
  const writer = { bytes, view, at: structOffset, strings };
  writeNode(writer, fdt.root);
  writeWord(writer, FDT_END);
  for (const [name, offset] of strings.offsets) writeLatin1(bytes, stringsOffset + offset, name);
  return bytes;
}

function checkNumbers(fdt: Fdt): void {
  if (!Number.isInteger(fdt.bootCpuidPhys) || fdt.bootCpuidPhys < 0 || fdt.bootCpuidPhys > 0xffffffff) {
    throw new FdtError('ERANGE', `bootCpuidPhys is ${fdt.bootCpuidPhys}`, {
      value: fdt.bootCpuidPhys,
      hint: 'It must be a whole number of 32 bits.',
    });
  }
  for (const { address, size } of fdt.reservations) {
    if (address < 0n || address >= U64_LIMIT || size < 0n || size >= U64_LIMIT) {
      throw new FdtError('ERANGE', `reservation of ${size} bytes at ${address} does not fit 64 bits`, {
        value: address,
        hint: 'Addresses and sizes must lie between 0 and 2^64 - 1.',
      });
    }
    if (address === 0n && size === 0n) {
      throw new FdtError('EINVAL', 'a reservation with address 0 and size 0 would end the list', {
        value: address,
        hint: 'Remove it from reservations.',
      });
    }
  }
}

/** Checks names, collects strings and returns the node's size in the structure block in bytes. */
function measure(node: FdtNode, strings: Strings, depth: number, path: string): number {
  if (depth >= MAX_DEPTH) {
    throw new FdtError('ERANGE', `nodes are nested more than ${MAX_DEPTH} deep`, {
      value: path,
      hint: 'Linux ignores deeper nodes; flatten the tree.',
    });
  }
  checkNames(node, depth, path);
  let size = 4 + align4(node.name.length + 1) + 4;
  for (const { name, value } of node.properties) {
    size += 12 + align4(value.length);
    if (!strings.offsets.has(name)) {
      strings.offsets.set(name, strings.size);
      strings.size += name.length + 1;
    }
  }
  for (const child of node.children) size += measure(child, strings, depth + 1, `${path}/${child.name}`);
  return size;
}

function checkNames(node: FdtNode, depth: number, path: string): void {
  if (depth === 0 && node.name !== '') throw badName('root node', node.name, '/');
  checkUnique('property', node.properties, path);
  checkUnique('node', node.children, path);
}

function checkUnique(what: string, named: readonly { name: string }[], path: string): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (!isName(name)) throw badName(what, name, path || '/');
    if (seen.has(name)) {
      throw new FdtError('EEXIST', `${what} '${name}' appears twice in ${path || '/'}`, {
        value: name,
        hint: 'Names must be unique inside a node (Devicetree Specification 2.2.1); remove one.',
      });
    }
    seen.add(name);
  }
}

function badName(what: string, name: string, path: string): FdtError {
  return new FdtError('EINVAL', `${what} name ${JSON.stringify(name)} in ${path} cannot be written`, {
    value: name,
    hint: 'Use letters, digits and , . _ + * # ? @ - (the root node has the empty name).',
  });
}

function writeReservations(view: DataView, reservations: readonly FdtReservation[]): void {
  reservations.forEach(({ address, size }, index) => {
    view.setBigUint64(HEADER_SIZE + index * RESERVATION_SIZE, address);
    view.setBigUint64(HEADER_SIZE + index * RESERVATION_SIZE + 8, size);
  });
}

function writeNode(writer: Writer, node: FdtNode): void {
  writeWord(writer, FDT_BEGIN_NODE);
  writeLatin1(writer.bytes, writer.at, node.name);
  writer.at += align4(node.name.length + 1);
  for (const { name, value } of node.properties) {
    writeWord(writer, FDT_PROP);
    writeWord(writer, value.length);
    writeWord(writer, writer.strings.offsets.get(name) ?? 0);
    writer.bytes.set(value, writer.at);
    writer.at += align4(value.length);
  }
  for (const child of node.children) writeNode(writer, child);
  writeWord(writer, FDT_END_NODE);
}

function writeWord(writer: Writer, word: number): void {
  writer.view.setUint32(writer.at, word);
  writer.at += 4;
}

function writeLatin1(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}

function align4(size: number): number {
  return size + (-size & 3);
}
