import { FdtError } from '../error.ts';
import { FDT_BEGIN_NODE, FDT_END, FDT_END_NODE, FDT_NOP, FDT_PROP } from '../format.ts';
import { DAMAGED } from '../header.ts';

/** A structure block in its bytes. */
export interface Structure {
  readonly view: DataView;
  readonly structAt: number;
  readonly structEnd: number;
}

/** Bytes of a property before its value: token, size, offset of the name. */
export const PROPERTY_HEAD = 12;

/** The token at `at`. @throws FdtError `ERANGE` where the block ends */
function tokenAt({ view, structEnd }: Structure, at: number): number {
  if (at + 4 > structEnd) throw endsEarly(at);
  return view.getUint32(at);
}

/** Where the token behind that at `at` is. @throws FdtError `ERANGE` or `EINVAL` */
function nextToken(structure: Structure, at: number): number {
  const token = tokenAt(structure, at);
  if (token === FDT_BEGIN_NODE) return bodyOf(structure, at);
  if (token === FDT_PROP) return at + PROPERTY_HEAD + align4(valueSize(structure, at));
  if (token === FDT_END_NODE || token === FDT_NOP) return at + 4;
  if (token === FDT_END) throw new FdtError('EINVAL', 'the tree ends inside a node', DAMAGED, { offset: at });
  throw new FdtError('EINVAL', `unknown token 0x${token.toString(16)} in the structure block`, DAMAGED, {
    offset: at,
    value: token,
  });
}

/** Where a node's contents begin, behind its name. */
export function bodyOf({ view, structEnd }: Structure, node: number): number {
  // A word of the name that has a zero byte is its last.
  for (let at = node + 4; at + 4 <= structEnd; at += 4) {
    const word = view.getUint32(at);
    if (((word - 0x01010101) & ~word & 0x80808080) !== 0) return at + 4;
  }
  throw endsEarly(node);
}

/** The size of a property's value, which lies inside the block. */
export function valueSize({ view, structEnd }: Structure, property: number): number {
  if (property + PROPERTY_HEAD > structEnd) throw endsEarly(property);
  const size = view.getUint32(property + 4);
  if (property + PROPERTY_HEAD + align4(size) > structEnd) {
    throw new FdtError('ERANGE', `a property of ${size} bytes runs past the structure block`, DAMAGED, {
      offset: property,
      value: size,
    });
  }
  return size;
}

/** Where a node ends, behind its FDT_END_NODE. */
export function nodeEnd(structure: Structure, node: number): number {
  let at = bodyOf(structure, node);
  for (let depth = 1; depth > 0; ) {
    const token = tokenAt(structure, at);
    at = nextToken(structure, at);
    if (token === FDT_BEGIN_NODE) depth++;
    else if (token === FDT_END_NODE) depth--;
  }
  return at;
}

/** Where the properties of a node end: at its first child or its own end. */
export function propertiesEnd(structure: Structure, node: number): number {
  let at = bodyOf(structure, node);
  for (;;) {
    const token = tokenAt(structure, at);
    if (token !== FDT_PROP && token !== FDT_NOP) return at;
    at = nextToken(structure, at);
  }
}

/** The offsets of a node's properties. */
export function* propertiesOf(structure: Structure, node: number): Generator<number, void> {
  const end = propertiesEnd(structure, node);
  for (let at = bodyOf(structure, node); at < end; at = nextToken(structure, at)) {
    if (tokenAt(structure, at) === FDT_PROP) yield at;
  }
}

/** The offsets of a node's children. */
export function* childrenOf(structure: Structure, node: number): Generator<number, void> {
  for (let at = propertiesEnd(structure, node); ; ) {
    const token = tokenAt(structure, at);
    if (token === FDT_END_NODE) return;
    if (token === FDT_BEGIN_NODE) {
      yield at;
      at = nodeEnd(structure, at);
    } else if (token === FDT_NOP) at += 4;
    else if (token === FDT_PROP) throw lateProperty(at);
    else nextToken(structure, at);
  }
}

/** Where the root node begins. @throws FdtError `EINVAL` where there is none */
export function rootOf(structure: Structure): number {
  let at = structure.structAt;
  while (tokenAt(structure, at) === FDT_NOP) at += 4;
  if (tokenAt(structure, at) === FDT_BEGIN_NODE) return at;
  throw new FdtError('EINVAL', 'the tree has no root node', DAMAGED, { offset: at });
}

/** Where the whole structure ends, behind FDT_END. */
export function endOfStructure(structure: Structure): number {
  let at = nodeEnd(structure, rootOf(structure));
  while (tokenAt(structure, at) === FDT_NOP) at += 4;
  if (tokenAt(structure, at) === FDT_END) return at + 4;
  throw new FdtError('EINVAL', 'something stands behind the root node', DAMAGED, { offset: at });
}

export function align4(size: number): number {
  return size + (-size & 3);
}

function endsEarly(offset: number): FdtError {
  return new FdtError('ERANGE', 'the structure block ends without FDT_END', DAMAGED, { offset });
}

function lateProperty(offset: number): FdtError {
  return new FdtError('EINVAL', 'a node has a property after its first child', DAMAGED, { offset });
}
