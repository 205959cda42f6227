/** Above so many names a hash is faster than looking at each. */
const FEW = 12;

/** Tells whether names are unique in a node: most nodes have a few, some thousands. */
export class SiblingNames {
  #many: Set<string> | undefined;

  /** Whether none of the siblings, which were all asked about before, has the name. */
  isNew(name: string, siblings: readonly { readonly name: string }[]): boolean {
    if (siblings.length < FEW) {
      for (const sibling of siblings) if (sibling.name === name) return false;
      return true;
    }
    this.#many ??= new Set(siblings.map((sibling) => sibling.name));
    return this.#many.size < this.#many.add(name).size;
  }
}
