/** Above so many names a hash is faster than looking at each. */
const FEW = 12;

/** Names that are unique: most nodes have a few, some thousands. */
export class NameSet {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  /** @returns whether the name is new */
  add(name: string): boolean {
    if (this.#many !== undefined) return this.#many.size < this.#many.add(name).size;
    if (this.#few.includes(name)) return false;
    this.#few.push(name);
    if (this.#few.length > FEW) this.#many = new Set(this.#few);
    return true;
  }
}
