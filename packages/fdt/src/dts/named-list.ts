interface Named {
  readonly name: string;
}

/** Above so many names a hash is faster than looking at each, and small enough beside them. */
const FEW = 12;

/** Things by their names, in the order in which they came: most nodes have a few, some thousands. */
export class NamedList<Item extends Named> {
  #few: Item[] | undefined;
  #many: Map<string, Item> | undefined;

  get size(): number {
    return this.#many?.size ?? this.#few?.length ?? 0;
  }

  get(name: string): Item | undefined {
    if (this.#many !== undefined) return this.#many.get(name);
    if (this.#few !== undefined) for (const item of this.#few) if (item.name === name) return item;
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Adds one whose name is not here, as the last. */
  add(item: Item): void {
    if (this.#many !== undefined) this.#many.set(item.name, item);
    else if (this.#few === undefined) this.#few = [item];
    else if (this.#few.push(item) > FEW) {
      this.#many = new Map(this.#few.map((one) => [one.name, one]));
      this.#few = undefined;
    }
  }

  delete(name: string): void {
    this.#many?.delete(name);
    this.#few = this.#few?.filter((item) => item.name !== name);
  }

  clear(): void {
    this.#few = undefined;
    this.#many = undefined;
  }

  values(): Iterable<Item> {
    return this.#many?.values() ?? this.#few ?? [];
  }

  /** Those that a test lets pass. */
  filter(isWanted: (item: Item) => boolean): Item[] {
    const wanted: Item[] = [];
    for (const item of this.values()) if (isWanted(item)) wanted.push(item);
    return wanted;
  }
}
