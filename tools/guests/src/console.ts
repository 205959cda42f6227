/** A mark that was seen on the console. */
export interface Sighting {
  readonly match: RegExpExecArray;
  /** Milliseconds from the start of the guest to when the mark was whole. */
  readonly at: number;
}

/** What a guest says, and who waits for a part of it. */
export class Console {
  #text = '';
  /** Where the next wait begins to look. */
  #cursor = 0;
  readonly #begin = performance.now();
  /** Up to where the text was there, and when. */
  readonly #arrivals: { readonly end: number; readonly at: number }[] = [];
  readonly #waiting = new Set<() => void>();
  #ending: Error | undefined;

  /** Everything so far, with ends of lines as in files. */
  get text(): string {
    return this.#text;
  }

  /** Why nothing more will come; undefined while something may. */
  get ending(): Error | undefined {
    return this.#ending;
  }

  push(text: string): void {
    this.#text += text.replaceAll('\r', '');
    this.#arrivals.push({ end: this.#text.length, at: performance.now() - this.#begin });
    this.#wake();
  }

  /** Nothing more will come: who waits for a mark that was not seen gets this error. The first one counts. */
  end(error: Error): void {
    this.#ending ??= error;
    this.#wake();
  }

  /** Waits for a mark behind the last one that was seen; it may stand in a line that has not ended yet. */
  async waitFor(mark: RegExp): Promise<Sighting> {
    for (;;) {
      const match = mark.exec(this.#text.slice(this.#cursor));
      if (match !== null) return this.#seen(match);
      if (this.#ending !== undefined) throw this.#ending;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #seen(match: RegExpExecArray): Sighting {
    this.#cursor += match.index + match[0].length;
    const at = this.#arrivals.find(({ end }) => end >= this.#cursor)?.at ?? 0;
    return { match, at };
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
