import { errorAt, fromCaller, type Place, Source } from './source.ts';

/** A text, and the name that errors and its own includes know it by. */
export interface DtsSource {
  readonly name: string;
  readonly text: string;
}

/** Gives what `from` includes as `name`: its text, or that with another name, such as the path where it was found. */
export type DtsInclude = (name: string, from: string) => string | DtsSource;

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
  readonly #include: DtsInclude | undefined;

  constructor(first: DtsSource, include: DtsInclude | undefined) {
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
    const include = this.#include;
    const given = fromCaller(() => include(name, place.source.name), '/include/', name, place);
    const found = typeof given === 'string' ? { name, text: given } : given;
    this.#outer.push(this.#current);
    this.#current = { source: new Source(found.name, found.text), at: 0 };
  }

  /** Goes back to the text that included this one. @returns whether there is one */
  leave(): boolean {
    const outer = this.#outer.pop();
    if (outer !== undefined) this.#current = outer;
    return outer !== undefined;
  }
}
