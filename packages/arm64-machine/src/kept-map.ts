/** What a map was at a moment: the first so many of a list, in its order; more may be appended to that. */
export interface MapPoint<K, V> {
  readonly listed: Listed<K, V>;
  readonly count: number;
}

/** Keys with their values. */
type Listed<K, V> = (readonly [K, V])[];

/**
 * A map that can go back to what it was, to the order of its keys. While keys are only added, a point costs nothing and going back
 * to it costs what has changed; else it costs as much as the map holds. Values never change: another takes the place of one.
 */
export class KeptMap<K, V> {
  readonly #map = new Map<K, V>();
  /** What stands in the map since the last point, as far as keys were only added; undefined before the first. */
  #listed: Listed<K, V> | undefined;
  /** Whether more than that has happened. */
  #isOther = false;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    if (this.#listed !== undefined && !this.#isOther) this.#note(this.#listed, key, value);
    this.#map.set(key, value);
  }

  #note(listed: Listed<K, V>, key: K, value: V): void {
    const { size } = this.#map;
    if (this.#map.has(key)) {
      this.#isOther = this.#map.get(key) !== value;
      return;
    }
    // What follows in the list belongs to another way on from here.
    const own = listed.length === size ? listed : listed.slice(0, size);
    own.push([key, value]);
    this.#listed = own;
  }

  delete(key: K): void {
    if (this.#map.delete(key)) this.#isOther = true;
  }

  clear(): void {
    if (this.#map.size === 0) return;
    this.#map.clear();
    this.#isOther = true;
  }

  forEach(visit: (value: V, key: K) => void): void {
    this.#map.forEach(visit);
  }

  keys(): MapIterator<K> {
    return this.#map.keys();
  }

  values(): MapIterator<V> {
    return this.#map.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map[Symbol.iterator]();
  }

  save(): MapPoint<K, V> {
    if (this.#listed === undefined || this.#isOther) this.#listed = [...this.#map];
    this.#isOther = false;
    return { listed: this.#listed, count: this.#map.size };
  }

  restore({ listed, count }: MapPoint<K, V>): void {
    const same = this.#sameAs(listed, count);
    if (same === 0) this.#map.clear();
    else for (const [key] of this.#listed?.slice(same, this.#map.size) ?? []) this.#map.delete(key);
    for (const [key, value] of listed.slice(same, count)) this.#map.set(key, value);
    this.#listed = listed;
    this.#isOther = false;
  }

  /** How many of these, from the first on, are known to stand in the map already. */
  #sameAs(listed: Listed<K, V>, count: number): number {
    if (this.#listed === undefined || this.#isOther) return 0;
    const most = Math.min(count, this.#map.size);
    if (this.#listed === listed) return most;
    let same = 0;
    while (same < most && isSame(this.#listed[same], listed[same])) same += 1;
    return same;
  }
}

/** Lists that were cut share their pairs; whoever adds the same once more makes another. */
const isSame = <K, V>(a: readonly [K, V] | undefined, b: readonly [K, V] | undefined): boolean =>
  a === b || (a?.[0] === b?.[0] && a?.[1] === b?.[1]);
