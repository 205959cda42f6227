import { errorAt, type Place, Source } from './source.ts';

/** A text with the name that errors give it. */
export interface Included {
  readonly name: string;
  readonly text: string;
}

/** A file that includes itself must end somewhere. */
const DEEPEST = 200;

interface Open {
  readonly source: Source;
  at: number;
}

/** The text that is read, and those that have included it. */
export class IncludeStack {
  #current: Open;
  readonly #outer: Open[] = [];
  readonly #include: ((name: string, from: string) => string) | undefined;

  constructor(first: Included, include: ((name: string, from: string) => string) | undefined) {
    this.#current = { source: new Source(first.name, first.text), at: 0 };
    this.#include = include;
  }

  /** Where reading goes on. */
  place(): Place {
    return this.#current;
  }

  moveTo(at: number): void {
    this.#current.at = at;
  }

  /** Goes on in another text. @throws FdtError `EOPNOTSUPP` where nobody gives it, `ERANGE` for a circle */
  enter(name: string, place: Place): void {
    if (this.#include === undefined) {
      const message = `/include/ of ${JSON.stringify(name)}`;
      throw errorAt('EOPNOTSUPP', place, message, 'give parseDts an include that returns its text');
    }
    if (this.#outer.length >= DEEPEST) {
      throw errorAt('ERANGE', place, `more than ${DEEPEST} includes inside each other`, 'break the circle of includes');
    }
    const text = this.#include(name, place.source.name);
    this.#outer.push(this.#current);
    this.#current = { source: new Source(name, text), at: 0 };
  }

  /** Goes back to the text that included this one. @returns whether there is one */
  leave(): boolean {
    const outer = this.#outer.pop();
    if (outer !== undefined) this.#current = outer;
    return outer !== undefined;
  }
}
