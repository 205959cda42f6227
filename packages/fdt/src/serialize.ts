import { checkTree } from './check.ts';
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
  RESERVATION_SIZE,
} from './format.ts';
import { layOutStrings, type StringTable } from './strings.ts';
import type { Fdt, FdtNode, FdtReservation } from './tree.ts';

/** How a blob is written. */
export interface SerializeOptions {
  /**
   * Bytes of zeros behind the blocks that count as part of the blob, for boot loaders that edit it in place. As many as the tree
   * notes, or none.
   */
  readonly padding?: number;
}

interface Writer {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  strings: StringTable;
}

/**
 * Writes a device tree as a version 17 blob (Devicetree Specification v0.4 chapter 5), laid out as dtc does it: packed
 * unless padding is asked for, every property name once in the strings block. The same tree always gives the same bytes,
 * and a tree that dtc has written those that dtc wrote.
 *
 * @throws FdtError `EINVAL` or `EEXIST` for names a blob cannot hold, `ERANGE` for numbers that do not fit
 */
export function serializeFdt(fdt: Fdt, { padding = fdt.padding ?? 0 }: SerializeOptions = {}): Uint8Array {
  checkTree(fdt);
  checkPadding(padding);
  const { strings, structSize, structOffset, stringsOffset } = layOut(fdt);
  const bytes = allocate(stringsOffset + strings.size + padding);
  const view = new DataView(bytes.buffer);
  const header = [
    FDT_MAGIC,
    bytes.length,
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
  let stringAt = stringsOffset;
  for (const name of strings.stored) {
    writeAscii(bytes, stringAt, name);
    stringAt += name.length + 1;
  }
  return bytes;
}

/** Bytes of the blob that {@link serializeFdt} writes, without writing it: they do not depend on the values' content. */
export function fdtSize(fdt: Fdt): number {
  const { strings, stringsOffset } = layOut(fdt);
  return stringsOffset + strings.size + (fdt.padding ?? 0);
}

interface Layout {
  readonly strings: StringTable;
  readonly structSize: number;
  readonly structOffset: number;
  readonly stringsOffset: number;
}

/** Where the blocks of a packed blob stand (Devicetree Specification v0.4, 5.1). */
function layOut(fdt: Fdt): Layout {
  const names = new Set<string>();
  const structSize = measure(fdt.root, names) + 4;
  const strings = layOutStrings(inOrder(names, fdt.nameOrder));
  const structOffset = HEADER_SIZE + (fdt.reservations.length + 1) * RESERVATION_SIZE;
  return { strings, structSize, structOffset, stringsOffset: structOffset + structSize };
}

/** The names in use, those first whose order was noted. */
function inOrder(names: ReadonlySet<string>, noted: readonly string[] = []): ReadonlySet<string> {
  return noted.length === 0 ? names : new Set([...noted.filter((name) => names.has(name)), ...names]);
}

function checkPadding(padding: number): void {
  if (Number.isSafeInteger(padding) && padding >= 0) return;
  throw new FdtError('ERANGE', `a padding of ${padding} bytes`, 'give a whole number, 0 or more', { value: padding });
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  if (size > 0xffffffff) {
    throw new FdtError(
      'ERANGE',
      `the device tree needs ${size} bytes`,
      'make it smaller: a blob holds less than 4 GiB, and an arm64 kernel takes at most 2 MiB',
      { value: size },
    );
  }
  return new Uint8Array(size);
}

/** Collects property names and returns the node's size in the structure block, in bytes. */
function measure(node: FdtNode, names: Set<string>): number {
  let size = 4 + align4(node.name.length + 1) + 4;
  for (const { name, value } of node.properties) {
    size += 12 + align4(value.length);
    names.add(name);
  }
  for (const child of node.children) size += measure(child, names);
  return size;
}

function writeReservations(view: DataView, reservations: readonly FdtReservation[]): void {
  reservations.forEach(({ address, size }, index) => {
    view.setBigUint64(HEADER_SIZE + index * RESERVATION_SIZE, address);
    view.setBigUint64(HEADER_SIZE + index * RESERVATION_SIZE + 8, size);
  });
}

function writeNode(writer: Writer, node: FdtNode): void {
  writeWord(writer, FDT_BEGIN_NODE);
  writeAscii(writer.bytes, writer.at, node.name);
  writer.at += align4(node.name.length + 1);
  for (const { name, value, padding } of node.properties) {
    writeWord(writer, FDT_PROP);
    writeWord(writer, value.length);
    writeWord(writer, writer.strings.offsets.get(name) ?? 0);
    writer.bytes.set(value, writer.at);
    if (padding !== undefined) writer.bytes.set(padding.subarray(0, -value.length & 3), writer.at + value.length);
    writer.at += align4(value.length);
  }
  for (const child of node.children) writeNode(writer, child);
  writeWord(writer, FDT_END_NODE);
}

function writeWord(writer: Writer, word: number): void {
  writer.view.setUint32(writer.at, word);
  writer.at += 4;
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}

function align4(size: number): number {
  return size + (-size & 3);
}
