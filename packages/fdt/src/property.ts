import { badName } from './check.ts';
import { isName } from './format.ts';
import type { FdtNode } from './tree.ts';

/** The bytes of a property, or undefined if the node has none of that name (an empty property has zero bytes). */
export function getProperty(node: FdtNode, name: string): Uint8Array | undefined {
  return node.properties.find((property) => property.name === name)?.value;
}

/**
 * Gives a property a new value, in its place, or adds it as the last one. The bytes are copied.
 *
 * @throws FdtError `EINVAL` for a name that a blob cannot hold
 */
export function setProperty(node: FdtNode, name: string, value: Uint8Array): void {
  const existing = node.properties.find((property) => property.name === name);
  if (existing !== undefined) {
    existing.value = new Uint8Array(value);
    delete existing.padding;
    return;
  }
  if (!isName(name)) throw badName('property', name, node.name === '' ? '/' : `'${node.name}'`);
  node.properties.push({ name, value: new Uint8Array(value) });
}

/** Removes a property. @returns whether it was there */
export function removeProperty(node: FdtNode, name: string): boolean {
  const before = node.properties.length;
  node.properties = node.properties.filter((property) => property.name !== name);
  return node.properties.length < before;
}
