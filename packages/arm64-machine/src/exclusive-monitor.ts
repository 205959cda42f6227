/**
 * The exclusive monitor of one CPU: the physical bytes that its last load-exclusive read.
 *
 * A store-exclusive succeeds only at the same address and of the same size; the architecture leaves anything else open
 * (Arm ARM B2.17).
 */
export class ExclusiveMonitor {
  /** Physical address, or -1 where nothing is marked. */
  #address = -1;
  #bytes = 0;

  mark(address: number, bytes: number): void {
    this.#address = address;
    this.#bytes = bytes;
  }

  /** Whether these bytes are marked; they no longer are. */
  take(address: number, bytes: number): boolean {
    const held = this.#address === address && this.#bytes === bytes;
    this.clear();
    return held;
  }

  clear(): void {
    this.#address = -1;
  }

  /** What is marked, for a snapshot: `mark` takes it again. */
  save(): readonly [address: number, bytes: number] {
    return [this.#address, this.#bytes];
  }
}
