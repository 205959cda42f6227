import { badName, checkBootCpu, checkReservation } from '../check.ts';
import { FdtError } from '../error.ts';
import { FDT_END_NODE, FDT_PROP, HEADER_SIZE, isName, RESERVATION_SIZE } from '../format.ts';
import { namesOf, noRootRemoval, unknownAlias } from '../path-names.ts';
import type { SerializeOptions } from '../serialize.ts';
import type { FdtReservation } from '../tree.ts';
import { BlobMemory } from './memory.ts';
import {
  findChild,
  findProperty,
  findString,
  nameSize,
  nodeName,
  propertyName,
  writeAscii,
  writeNode,
} from './names.ts';
import {
  align4,
  bodyOf,
  childrenOf,
  nodeEnd,
  PROPERTY_HEAD,
  propertiesEnd,
  propertiesOf,
  rootOf,
  valueSize,
} from './walk.ts';

/**
 * Edits a blob in place, as libfdt does: nothing is built of a tree of which one property is to change. Paths are those of
 * {@link findNode}. New properties stand before a node's others, new nodes before its other children, as libfdt puts
 * them; values that are replaced stay where they are.
 *
 * Only what an edit passes is checked: {@link parseFdt} checks all of a blob that nobody vouches for.
 */
export class FdtBlob {
  readonly #memory: BlobMemory;

  /**
   * Copies a blob; the bytes given are not changed.
   *
   * @throws FdtError as {@link parseFdt} does for a header, or blocks without an end
   */
  constructor(blob: Uint8Array) {
    this.#memory = new BlobMemory(blob);
  }

  /** Physical id of the boot CPU. */
  get bootCpuidPhys(): number {
    return this.#memory.bootCpuidPhys;
  }

  set bootCpuidPhys(id: number) {
    checkBootCpu(id);
    this.#memory.bootCpuidPhys = id;
  }

  /** Whether there is such a node. @throws FdtError as {@link findNode} */
  hasNode(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** The names of a node's children. @throws FdtError `ENOENT` where there is no such node */
  childNames(path: string): string[] {
    return Array.from(childrenOf(this.#memory, this.#need(path)), (child) => nodeName(this.#memory, child));
  }

  /** The names of a node's properties. @throws FdtError `ENOENT` where there is no such node */
  propertyNames(path: string): string[] {
    return Array.from(propertiesOf(this.#memory, this.#need(path)), (property) => propertyName(this.#memory, property));
  }

  /** A copy of a property's bytes; undefined where there is no such node or property. */
  getProperty(path: string, name: string): Uint8Array | undefined {
    const node = this.#find(path);
    const property = node === undefined ? undefined : findProperty(this.#memory, node, name);
    if (property === undefined) return undefined;
    const start = property + PROPERTY_HEAD;
    return this.#memory.bytes.slice(start, start + valueSize(this.#memory, property));
  }

  /** Sets a property of a node. @throws FdtError `ENOENT` where there is no such node, `EINVAL` for a name that cannot be */
  setProperty(path: string, name: string, value: Uint8Array): void {
    const node = this.#need(path);
    const property = findProperty(this.#memory, node, name) ?? this.#addProperty(node, name, path);
    const start = property + PROPERTY_HEAD;
    const [before, after] = [align4(valueSize(this.#memory, property)), align4(value.length)];
    if (before !== after) this.#memory.spliceStructure(start, before, after);
    else this.#memory.bytes.fill(0, start, start + after);
    this.#memory.view.setUint32(property + 4, value.length);
    this.#memory.bytes.set(value, start);
  }

  /** Removes a property. @returns whether it was there. @throws FdtError `ENOENT` where there is no such node */
  removeProperty(path: string, name: string): boolean {
    const property = findProperty(this.#memory, this.#need(path), name);
    if (property === undefined) return false;
    this.#memory.spliceStructure(property, PROPERTY_HEAD + align4(valueSize(this.#memory, property)), 0);
    return true;
  }

  /** Makes a node and its missing parents, empty, where they do not exist. @throws FdtError as {@link ensureNode} */
  ensureNode(path: string): void {
    let node = rootOf(this.#memory);
    for (const name of this.#names(path)) {
      if (name === '') throw unknownAlias(path);
      node = findChild(this.#memory, node, name) ?? this.#addNode(node, name, path);
    }
  }

  /** Removes a node and all below it. @returns whether it was there. @throws FdtError as {@link removeNode} */
  removeNode(path: string): boolean {
    if (this.#names(path).length === 0) throw noRootRemoval(path);
    const node = this.#find(path);
    if (node === undefined) return false;
    this.#memory.spliceStructure(node, nodeEnd(this.#memory, node) - node, 0);
    return true;
  }

  /** The memory reservation block. */
  get reservations(): FdtReservation[] {
    const { view, structAt } = this.#memory;
    const count = (structAt - HEADER_SIZE) / RESERVATION_SIZE - 1;
    return Array.from({ length: count }, (_, index) => {
      const at = HEADER_SIZE + index * RESERVATION_SIZE;
      return { address: view.getBigUint64(at), size: view.getBigUint64(at + 8) };
    });
  }

  /** Replaces the memory reservation block. @throws FdtError `ERANGE` or `EINVAL` for an entry that cannot be */
  set reservations(entries: readonly FdtReservation[]) {
    for (const { address, size } of entries) checkReservation(address, size);
    const memory = this.#memory;
    const [before, after] = [memory.structAt - HEADER_SIZE, (entries.length + 1) * RESERVATION_SIZE];
    memory.splice(HEADER_SIZE, before, after);
    memory.structAt += after - before;
    memory.structEnd += after - before;
    memory.stringsEnd += after - before;
    entries.forEach(({ address, size }, index) => {
      const at = HEADER_SIZE + index * RESERVATION_SIZE;
      memory.view.setBigUint64(at, address);
      memory.view.setBigUint64(at + 8, size);
    });
  }

  /** The blob as it is now, packed, with padding where it is asked for. @throws FdtError `ERANGE` beyond 4 GiB */
  pack({ padding = 0 }: SerializeOptions = {}): Uint8Array {
    return this.#memory.pack(padding);
  }

  #names(path: string): string[] {
    return namesOf(path, (alias) => this.getProperty('/aliases', alias));
  }

  #find(path: string): number | undefined {
    let node: number | undefined = rootOf(this.#memory);
    for (const name of this.#names(path)) {
      node = name === '' ? undefined : findChild(this.#memory, node, name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #need(path: string): number {
    const node = this.#find(path);
    if (node !== undefined) return node;
    throw new FdtError('ENOENT', `no node ${JSON.stringify(path)}`, 'make it first, with ensureNode', { value: path });
  }

  /** A new property without a value, before the others. @returns its offset */
  #addProperty(node: number, name: string, path: string): number {
    if (!isName(name)) throw badName('property', name, `'${path}'`);
    const memory = this.#memory;
    const nameOffset = findString(memory, name) ?? this.#addString(name);
    const at = bodyOf(memory, node);
    memory.spliceStructure(at, 0, PROPERTY_HEAD);
    memory.view.setUint32(at, FDT_PROP);
    memory.view.setUint32(at + 8, nameOffset);
    return at;
  }

  #addString(name: string): number {
    const memory = this.#memory;
    const at = memory.stringsEnd;
    memory.splice(at, 0, name.length + 1);
    memory.stringsEnd += name.length + 1;
    writeAscii(memory.bytes, at, name);
    return at - memory.structEnd;
  }

  /** A new node, before the other children. @returns its offset */
  #addNode(parent: number, name: string, path: string): number {
    if (!isName(name)) throw badName('node', name, `'${path}'`);
    const at = propertiesEnd(this.#memory, parent);
    this.#memory.spliceStructure(at, 0, nameSize(name) + 8);
    writeNode(this.#memory, at, name, FDT_END_NODE);
    return at;
  }
}
