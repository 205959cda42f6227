import { PlainText } from './plain-text.ts';

/** Characters that are kept. */
const KEPT = 2000;

/** The end of what a program complains of, as a person reads it, from the beginning of a line. */
export class LastWords {
  readonly #plain = new PlainText();
  #text = '';
  #isCut = false;

  push(piece: string): void {
    const all = this.#text + this.#plain.push(piece);
    this.#isCut ||= all.length > KEPT;
    this.#text = all.slice(-KEPT);
  }

  /** Empty where there is none. */
  text(): string {
    if (!this.#isCut) return this.#text.trim();
    const line = this.#text.indexOf('\n');
    return `… ${this.#text.slice(line + 1).trim()}`;
  }
}
