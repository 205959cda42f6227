import { DIGIT, endOfRun, HEX, isAt, LABEL, LABEL_START, NAME, PATH, SPACE } from './characters.ts';
import { type DtsInclude, type DtsSource, IncludeStack } from './include.ts';
import { errorAt, type Place } from './source.ts';

/**
 * A word of DTS text. `text` is that of a keyword (`/bits/`) or symbol (`{`), or without what marks a label (`l:`), a
 * reference (`&l`, `&{/path}`) or a string; a character stands for its code.
 */
export interface Token {
  readonly kind:
    | 'keyword'
    | 'symbol'
    | 'label'
    | 'reference'
    | 'name'
    | 'number'
    | 'character'
    | 'string'
    | 'byte'
    | 'end';
  readonly text: string;
  readonly place: Place;
}

const KEYWORDS = [
  '/dts-v1/',
  '/plugin/',
  '/memreserve/',
  '/bits/',
  '/delete-property/',
  '/delete-node/',
  '/omit-if-no-ref/',
  '/incbin/',
] as const;
const INCLUDE = '/include/';
const [SLASH, HASH] = ['/'.charCodeAt(0), '#'.charCodeAt(0)];
const PAIRS = new Set(['<<', '>>', '<=', '>=', '==', '!=', '&&', '||']);
const SUFFIXES = ['ULL', 'UL', 'LL', 'U', 'L'];

/** What is expected: names of properties and nodes, everything else, or bytes. */
type Mode = 'names' | 'values' | 'bytes';

/** Splits DTS text, and all that it includes, into tokens. What a letter means depends on what stands before it. */
export class Lexer {
  readonly #files: IncludeStack;
  #mode: Mode = 'values';
  #next: Token | undefined;

  constructor(first: DtsSource, include: DtsInclude | undefined) {
    this.#files = new IncludeStack(first, include);
  }

  /** The token that {@link take} gives. */
  peek(): Token {
    this.#next ??= this.#read();
    return this.#next;
  }

  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    return token;
  }

  #read(): Token {
    for (;;) {
      const place = this.#skip();
      const { text } = place.source;
      if (place.at === text.length) {
        if (this.#files.leave()) continue;
        return { kind: 'end', text: 'the end of the text', place };
      }
      if (text.charCodeAt(place.at) !== SLASH || !text.startsWith(INCLUDE, place.at)) return this.#readToken(place);
      this.#include(place);
    }
  }

  /** Behind blanks, comments and the lines of a preprocessor. */
  #skip(): Place {
    const { source, at: from } = this.#files.place();
    const { text } = source;
    let at = from;
    for (;;) {
      at = endOfRun(text, at, SPACE);
      const before = at;
      const first = text.charCodeAt(at);
      if (first === HASH) at = skipDirective({ source, at });
      else if (first === SLASH && text.startsWith('//', at)) at = endOf(text, '\n', at + 2);
      else if (first === SLASH && text.startsWith('/*', at)) at = this.#skipComment({ source, at });
      if (at === before) break;
    }
    this.#files.moveTo(at);
    return { source, at };
  }

  #skipComment(place: Place): number {
    const end = place.source.text.indexOf('*/', place.at + 2);
    if (end !== -1) return end + 2;
    throw errorAt('EINVAL', place, 'a comment does not end', 'end it with */');
  }

  #include(place: Place): void {
    const { text } = place.source;
    const at = endOfRun(text, place.at + INCLUDE.length, SPACE);
    if (text.charAt(at) !== '"') throw errorAt('EINVAL', place, '/include/ without a name', 'write it in quotes');
    const end = endOfQuoted({ source: place.source, at });
    this.#files.moveTo(end);
    this.#files.enter(text.slice(at + 1, end - 1), place);
  }

  #readToken(place: Place): Token {
    const { text } = place.source;
    const { at } = place;
    const first = text.charAt(at);
    const keyword = first === '/' ? KEYWORDS.find((word) => text.startsWith(word, at)) : undefined;
    if (keyword !== undefined) return this.#token('keyword', keyword, place, at + keyword.length, modeAfter(keyword));
    if (first === '"' || first === "'") {
      const end = endOfQuoted(place);
      return this.#token(first === '"' ? 'string' : 'character', text.slice(at + 1, end - 1), place, end);
    }
    if (first === '&') {
      const reference = this.#readReference(place);
      if (reference !== undefined) return reference;
    }
    const labelEnd = isAt(text, at, LABEL_START) ? endOfRun(text, at, LABEL) : at;
    if (labelEnd > at && text.charAt(labelEnd) === ':') {
      return this.#token('label', text.slice(at, labelEnd), place, labelEnd + 1);
    }
    return this.#readWord(place);
  }

  #readReference(place: Place): Token | undefined {
    const { text } = place.source;
    const at = place.at + 1;
    if (text.charAt(at) === '{') {
      const end = endOfRun(text, at + 1, PATH);
      if (text.charAt(end) === '}') return this.#token('reference', text.slice(at + 1, end), place, end + 1);
    }
    if (!isAt(text, at, LABEL_START)) return undefined;
    const end = endOfRun(text, at, LABEL);
    return this.#token('reference', text.slice(at, end), place, end);
  }

  /** A word that depends on what is expected. */
  #readWord(place: Place): Token {
    const { text } = place.source;
    const { at } = place;
    if (this.#mode === 'names') {
      const start = text.charAt(at) === '\\' ? at + 1 : at;
      const end = endOfRun(text, start, NAME);
      if (end > start) return this.#token('name', text.slice(start, end), place, end, 'values');
    } else if (this.#mode === 'bytes') {
      if (isAt(text, at, HEX) && isAt(text, at + 1, HEX)) {
        return this.#token('byte', text.slice(at, at + 2), place, at + 2);
      }
    } else if (isAt(text, at, DIGIT)) {
      return this.#readNumber(place);
    } else if (isAt(text, at, LABEL_START)) {
      const word = text.slice(at, endOfRun(text, at, LABEL));
      throw errorAt(
        'EINVAL',
        place,
        `'${word}' means nothing here`,
        'run the C preprocessor first, or refer to it as &label',
      );
    }
    return this.#readSymbol(place);
  }

  #readNumber(place: Place): Token {
    const { text } = place.source;
    const { at } = place;
    const isHex = text.charAt(at) === '0' && /[xX]/.test(text.charAt(at + 1)) && isAt(text, at + 2, HEX);
    const digits = isHex ? endOfRun(text, at + 2, HEX) : endOfRun(text, at, DIGIT);
    const suffix = /[UL]/.test(text.charAt(digits)) ? SUFFIXES.find((one) => text.startsWith(one, digits)) : undefined;
    return this.#token('number', text.slice(at, digits), place, digits + (suffix?.length ?? 0));
  }

  #readSymbol(place: Place): Token {
    const { text } = place.source;
    const { at } = place;
    const pair = text.slice(at, at + 2);
    const symbol = PAIRS.has(pair) ? pair : String.fromCodePoint(text.codePointAt(at) ?? 0);
    const mode =
      symbol === '{' || symbol === ';' ? 'names' : symbol === '[' ? 'bytes' : symbol === ']' ? 'values' : undefined;
    return this.#token('symbol', symbol, place, at + symbol.length, mode);
  }

  #token(kind: Token['kind'], text: string, place: Place, end: number, mode?: Mode): Token {
    this.#files.moveTo(end);
    if (mode !== undefined) this.#mode = mode;
    return { kind, text, place };
  }
}

function modeAfter(keyword: string): Mode | undefined {
  if (keyword === '/plugin/' || keyword === '/incbin/') return undefined;
  return keyword.startsWith('/delete-') || keyword === '/omit-if-no-ref/' ? 'names' : 'values';
}

/** Behind the first `what` from `at` on, or the end. */
function endOf(text: string, what: string, at: number): number {
  const found = text.indexOf(what, at);
  return found === -1 ? text.length : found + what.length;
}

/** Behind the quote that ends what begins with one at the place. */
function endOfQuoted(place: Place): number {
  const { text } = place.source;
  const quote = text.charAt(place.at);
  for (let at = place.at + 1; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === quote) return at + 1;
    if (letter === '\\') at++;
  }
  throw errorAt('EINVAL', place, 'what begins with a quote does not end', `end it with ${quote}`);
}

/** Behind a line such as `# 12 "file.dts"`, which is noted; otherwise where it was. */
function skipDirective({ source, at }: Place): number {
  const { text } = source;
  if (text.charAt(at) !== '#' || (at > 0 && text.charAt(at - 1) !== '\n')) return at;
  const end = endOf(text, '\n', at);
  const [, line, file] =
    /^#(?:line)?[ \t]+([0-9]+)[ \t]+"((?:[^"\\]|\\.)*)"(?:[ \t]+[0-9]+)*[ \t\r]*$/.exec(
      text.slice(at, end).trimEnd(),
    ) ?? [];
  if (line === undefined || file === undefined) return at;
  source.addDirective(end, Number(line), file);
  return end;
}
