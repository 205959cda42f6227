/** A place of a table in the tree: the same page may be reached at several places. */
export interface Place {
  readonly level: number;
  readonly base: number;
}

/** Where tables are reached, by page. Nearly all are reached at one place. */
export class Places {
  readonly #first = new Map<number, Place>();
  readonly #others = new Map<number, Map<number, Place>>();
  /** All places. */
  ways = 0;

  /** Tables that are reached. */
  get tables(): number {
    return this.#first.size;
  }

  has(page: number): boolean {
    return this.#first.has(page);
  }

  of(page: number): Place[] {
    const first = this.#first.get(page);
    return first === undefined ? [] : [first, ...(this.#others.get(page)?.values() ?? [])];
  }

  /** False for a place that is known already. */
  add(page: number, place: Place): boolean {
    const first = this.#first.get(page);
    if (first === undefined) {
      this.#first.set(page, place);
      this.ways += 1;
      return true;
    }
    const others = this.#others.get(page) ?? new Map<number, Place>();
    if (numberOf(first) === numberOf(place) || others.has(numberOf(place))) return false;
    this.#others.set(page, others.set(numberOf(place), place));
    this.ways += 1;
    return true;
  }

  remove(page: number, place: Place): void {
    const first = this.#first.get(page);
    const others = this.#others.get(page);
    if (first !== undefined && numberOf(first) === numberOf(place)) {
      this.ways -= 1;
      this.#first.delete(page);
      for (const next of others?.values() ?? []) {
        this.#first.set(page, next);
        others?.delete(numberOf(next));
        break;
      }
    } else if (others?.delete(numberOf(place)) === true) this.ways -= 1;
    if (others?.size === 0) this.#others.delete(page);
  }
}

const numberOf = ({ level, base }: Place): number => base * 8 + level + 1;
