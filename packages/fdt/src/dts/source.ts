import { FdtError, type FdtErrorCode } from '../error.ts';

/** A text that is read, and how its places are called. */
export class Source {
  readonly name: string;
  readonly text: string;
  /** From where on another file's lines are counted, as a preprocessor says it. */
  readonly #directives: { readonly at: number; readonly line: number; readonly file: string }[] = [];

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** Notes that the line which begins at `at` is that line of another file. */
  addDirective(at: number, line: number, file: string): void {
    this.#directives.push({ at, line, file });
  }

  /** Lines and columns count from 1. */
  placeOf(at: number): { readonly file: string; readonly line: number; readonly column: number } {
    const directive = this.#directives.findLast((candidate) => candidate.at <= at);
    let line = directive?.line ?? 1;
    let start = directive?.at ?? 0;
    for (let end = this.text.indexOf('\n', start); end !== -1 && end < at; end = this.text.indexOf('\n', start)) {
      line++;
      start = end + 1;
    }
    return { file: directive?.file ?? this.name, line, column: at - start + 1 };
  }
}

/** A place in a text. */
export interface Place {
  readonly source: Source;
  readonly at: number;
}

/** The error for something at a place. */
export function errorAt(code: FdtErrorCode, { source, at }: Place, message: string, hint: string): FdtError {
  return new FdtError(code, message, hint, source.placeOf(at));
}

/** What a function of the caller gives for a file. @throws FdtError `ENOENT` with what it threw as its cause */
export function fromCaller<Given>(act: () => Given, keyword: string, name: string, { source, at }: Place): Given {
  try {
    return act();
  } catch (cause) {
    const message = `${keyword} of ${JSON.stringify(name)} was not given`;
    throw new FdtError('ENOENT', message, 'see the cause: the function that gives files threw it', {
      ...source.placeOf(at),
      value: name,
      cause,
    });
  }
}
