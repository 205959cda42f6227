/** Characters of the first and of the last lines that are kept. */
const KEPT = { first: 1 << 20, last: 1 << 20 };

/** The lines of a console: all of them, or, where there are too many, the first and the last. */
export class KeptLines {
  readonly #first: string[] = [];
  #last: string[] = [];
  /** The first of `#last` that is still kept. */
  #from = 0;
  #room = KEPT.first;
  #length = 0;
  #dropped = 0;

  push(line: string): void {
    // A line that has no characters takes room, too.
    const size = line.length + 1;
    if (this.#last.length === 0 && size <= this.#room) {
      this.#room -= size;
      this.#first.push(line);
      return;
    }
    this.#last.push(line);
    this.#length += size;
    while (this.#length > KEPT.last) this.#drop();
    if (2 * this.#from > this.#last.length) {
      this.#last = this.#last.slice(this.#from);
      this.#from = 0;
    }
  }

  #drop(): void {
    this.#length -= (this.#last[this.#from]?.length ?? 0) + 1;
    this.#from += 1;
    this.#dropped += 1;
  }

  /** In their order, with a line that says how many are missing. */
  *[Symbol.iterator](): Generator<string> {
    yield* this.#first;
    if (this.#dropped > 0) yield `… ${this.#dropped} lines left out …`;
    for (let at = this.#from; at < this.#last.length; at++) yield this.#last[at] ?? '';
  }
}
