import { PlainText } from './plain-text.ts';

/** Characters that are kept. */
const KEPT = 2000;

/** The end of what a program complains of, as a person reads it, from the beginning of a line, and on one line. */
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
    if (!this.#isCut) return onOneLine(this.#text);
    const line = this.#text.indexOf('\n');
    return `… ${onOneLine(this.#text.slice(line + 1))}`;
  }
}

/** It becomes a part of a message. */
const onOneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' | ');
