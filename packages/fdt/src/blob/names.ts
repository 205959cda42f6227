import { FdtError } from '../error.ts';
import { FDT_BEGIN_NODE } from '../format.ts';
import { DAMAGED } from '../header.ts';
import { latin1, nameEnd } from '../name-reader.ts';
import { fitsSeveral } from '../path-names.ts';
import type { BlobMemory } from './memory.ts';
import { childrenOf, propertiesOf } from './walk.ts';

const AT = 0x40;

/** A node's name. */
export function nodeName({ bytes, structEnd }: BlobMemory, node: number): string {
  return latin1(bytes, node + 4, nameEnd(bytes, node + 4, structEnd, 'node name'));
}

/** A property's name. @throws FdtError `ERANGE` where it lies outside the strings block */
export function propertyName(memory: BlobMemory, property: number): string {
  const { bytes, view, structEnd, stringsEnd } = memory;
  const at = structEnd + view.getUint32(property + 8);
  if (at >= stringsEnd) {
    throw new FdtError('ERANGE', 'a property name lies outside the strings block', DAMAGED, { offset: property + 8 });
  }
  return latin1(bytes, at, nameEnd(bytes, at, stringsEnd, 'property name'));
}

/** The offset of a node's property of that name, if it has one. */
export function findProperty(memory: BlobMemory, node: number, name: string): number | undefined {
  const { bytes, view, structEnd, stringsEnd } = memory;
  for (const property of propertiesOf(memory, node)) {
    const at = structEnd + view.getUint32(property + 8);
    if (at + name.length < stringsEnd && bytes[at + name.length] === 0 && beginsWith(bytes, at, name)) return property;
  }
  return undefined;
}

/**
 * The offset of a node's child of that name, if it has one: exactly that name, or the only one that is the same without
 * its unit address.
 *
 * @throws FdtError `ENOTUNIQ` if a name without unit address fits several nodes
 */
export function findChild(memory: BlobMemory, node: number, name: string): number | undefined {
  const { bytes } = memory;
  const fitting: number[] = [];
  for (const child of childrenOf(memory, node)) {
    const at = child + 4;
    const behind = bytes[at + name.length];
    if ((behind !== 0 && behind !== AT) || !beginsWith(bytes, at, name)) continue;
    if (behind === 0) return child;
    if (!name.includes('@')) fitting.push(child);
  }
  if (fitting.length > 1) {
    throw fitsSeveral(
      name,
      fitting.map((child) => nodeName(memory, child)),
    );
  }
  return fitting[0];
}

/** Where the strings block has a name, as the end of another too. */
export function findString({ bytes, structEnd, stringsEnd }: BlobMemory, name: string): number | undefined {
  const first = name.charCodeAt(0);
  const last = stringsEnd - name.length - 1;
  for (let at = bytes.indexOf(first, structEnd); at !== -1 && at <= last; at = bytes.indexOf(first, at + 1)) {
    if (bytes[at + name.length] === 0 && beginsWith(bytes, at, name)) return at - structEnd;
  }
  return undefined;
}

/** Writes a node without contents where there is room for it. */
export function writeNode({ bytes, view }: BlobMemory, at: number, name: string, endToken: number): void {
  view.setUint32(at, FDT_BEGIN_NODE);
  writeAscii(bytes, at + 4, name);
  view.setUint32(at + 4 + nameSize(name), endToken);
}

/** Bytes of a name in the structure block. */
export function nameSize(name: string): number {
  return (name.length + 4) & ~3;
}

export function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}

function beginsWith(bytes: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[at + index] !== name.charCodeAt(index)) return false;
  return true;
}
