/** Characters of the first and of the last lines that are kept. */
const KEPT = { first: 1 << 20, last: 1 << 20 };

/** Stands for what is left out of a line, so that neither its beginning nor its end is mistaken for that of the whole. */
const CUT = '…';
/** Characters before a cut that a mark may begin in. */
const OVERLAP = 1024;

/** A line, or a piece of one that is too long. */
export interface Line {
  /** Of the whole line, counted from 0. */
  readonly number: number;
  readonly text: string;
  /** What stands before it; empty at the beginning of the line. */
  readonly before: string;
  /** Whether the line goes on behind it. */
  readonly goesOn: boolean;
}

/** What marks are looked for in. */
export const contextOf = ({ before, text, goesOn }: Line): string => (goesOn ? before + text + CUT : before + text);

/** What stands before the next piece of a line. */
export const beforeNext = ({ before, text }: Line): string => CUT + (before + text).slice(-OVERLAP);

/** What a person is shown who asks for a mark: the line, or, where the mark begins before a cut, from there on. */
export function shownWith({ before, text }: Line, mark: RegExp): string {
  return mark.test(text) ? text : (before + text).slice(mark.exec(before + text)?.index ?? 0);
}

/** A line as it is kept: most are whole, and no more than their text. Their numbers follow from their order. */
type Kept = string | Omit<Line, 'number'>;

/** The lines of a console: all of them, or, where there are too many, the first and the last. */
export class KeptLines {
  readonly #first: Kept[] = [];
  #last: Kept[] = [];
  /** The first of `#last` that is still kept, and its number. */
  #from = 0;
  #number = 0;
  #room = KEPT.first;
  #length = 0;
  #dropped = 0;

  push({ number, text, before, goesOn }: Line): void {
    const line = before === '' && !goesOn ? text : { text, before, goesOn };
    const size = sizeOf(line);
    if (this.#last.length === 0 && size <= this.#room) {
      this.#room -= size;
      this.#first.push(line);
      return;
    }
    if (this.#last.length === 0) this.#number = number;
    this.#last.push(line);
    this.#length += size;
    while (this.#length > KEPT.last) this.#drop();
    if (2 * this.#from > this.#last.length) {
      this.#last = this.#last.slice(this.#from);
      this.#from = 0;
    }
  }

  #drop(): void {
    const line = this.#last[this.#from] ?? '';
    this.#length -= sizeOf(line);
    this.#from += 1;
    this.#dropped += 1;
    if (isEnded(line)) this.#number += 1;
  }

  /** In their order. */
  *[Symbol.iterator](): Generator<Line> {
    yield* numbered(this.#first, 0, 0);
    yield* numbered(this.#last, this.#from, this.#number);
  }

  /** Their texts, with a line that says how many are missing. */
  *texts(): Generator<string> {
    for (const line of this.#first) yield textOf(line);
    if (this.#dropped > 0) yield `… ${this.#dropped} lines left out …`;
    for (let at = this.#from; at < this.#last.length; at++) yield textOf(this.#last[at] ?? '');
  }
}

const isEnded = (line: Kept): boolean => typeof line === 'string' || !line.goesOn;
const textOf = (line: Kept): string => (typeof line === 'string' ? line : line.text);
/** A line that has no characters takes room, too. */
const sizeOf = (line: Kept): number =>
  typeof line === 'string' ? line.length + 1 : line.text.length + line.before.length + 1;

function* numbered(lines: readonly Kept[], from: number, first: number): Generator<Line> {
  let number = first;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? '';
    yield typeof line === 'string' ? { number, text: line, before: '', goesOn: false } : { number, ...line };
    if (isEnded(line)) number += 1;
  }
}
