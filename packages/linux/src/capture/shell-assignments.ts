/** The assignments of a file that a shell would source, read as data. */
export interface Assignments {
  /** The value of each name; the last assignment counts. */
  readonly values: ReadonlyMap<string, string>;
  /** Names whose value a shell would have to compute: nobody runs it here. */
  readonly computed: ReadonlySet<string>;
  /** The first line that is more than assignments: it may change any name, so that none is known. */
  readonly opaqueLine: number | undefined;
}

// Expansions that change no variable, end no shell, and whose end every shell sees in the same place.
const RESERVED = 'if|then|else|elif|fi|do|done|case|esac|while|until|for|in|select|function|time|coproc';
const SIMPLE = String.raw`(?![^)\x60]*\b(?:${RESERVED})\b)[\w ./:=,+@%-]*`;
const EXPANSION = [
  String.raw`\$[A-Za-z_]\w*`,
  String.raw`\$[0-9?#@*!$-]`,
  String.raw`\$\{[A-Za-z_]\w*(?::?-[\w./:=,+@%-]*)?\}`,
  String.raw`\$\(${SIMPLE}\)`,
  String.raw`\x60${SIMPLE}\x60`,
].join('|');
const DOUBLE = String.raw`(?:[^"\\$\x60]|\\[^]|${EXPANSION})*`;
/** One parameter of a command, or what follows the `=`. Quoted and unquoted parts in a row. */
const WORD = String.raw`(?:'[^']*'|"${DOUBLE}"|\\[^]|${EXPANSION}|[^ \t\n'"\\$\x60;&|<>()])*`;
const PART = new RegExp(String.raw`'([^']*)'|"(${DOUBLE})"|\\([^])|(~|${EXPANSION})|([^'"\\$\x60~]+)`, 'g');

// A newline behind a backslash is no character at all.
const BLANKS = String.raw`(?:[ \t]|\\\n)*`;
const BLANK = new RegExp(BLANKS, 'y');
const LINE_END = new RegExp(String.raw`${BLANKS}(?:#[^\n]*)?(?:\n|$)`, 'y');
const ASSIGNMENT = new RegExp(String.raw`([A-Za-z_]\w*)(\+?)=(${WORD})`, 'y');
const EXPORT = /export[ \t]/y;
const EXPORTED = /[A-Za-z_]\w*(?=[ \t\n;]|$)/y;
const SEMICOLON = /;/y;

/** Variables by which a shell reads on in another way, or which end it. */
const SPECIAL = /^(?:BASH\w*|EUID|FUNCNAME|OPTIND|POSIXLY_CORRECT|PPID|SHELLOPTS|UID)$/;

interface Assignment {
  readonly name: string;
  /** Undefined where a shell would have to compute it. */
  readonly value: string | undefined;
}

/** Reads a configuration such as /etc/default/kdump-tools, and trusts nothing in it but plain assignments. */
export function parseAssignments(text: string): Assignments {
  const values = new Map<string, string>();
  const computed = new Set<string>();
  const cursor = new Cursor(text);
  while (!cursor.isAtEnd) {
    if (cursor.take(LINE_END)) continue;
    const opaqueLine = cursor.line;
    const command = takeCommand(cursor);
    if (command === undefined) return { values: new Map(), computed, opaqueLine };
    for (const { name, value } of command) {
      if (value === undefined) computed.add(name);
      else computed.delete(name);
      if (value === undefined) values.delete(name);
      else values.set(name, value);
    }
  }
  return { values, computed, opaqueLine: undefined };
}

/** Assignments in a row, up to the end of the line or a semicolon; undefined for any other command. */
function takeCommand(cursor: Cursor): readonly Assignment[] | undefined {
  cursor.take(BLANK);
  const isExport = cursor.take(EXPORT) !== undefined;
  const assignments: Assignment[] = [];
  let isAppended = false;
  for (;;) {
    cursor.take(BLANK);
    const [whole, name = '', plus, word = ''] = cursor.take(ASSIGNMENT) ?? [];
    if (whole === undefined && isExport && cursor.take(EXPORTED)) continue;
    if (whole === undefined) break;
    if (SPECIAL.test(name) || word.includes('\0') || (isExport && (plus === '+' || isSplit(word)))) return undefined;
    isAppended ||= plus === '+';
    assignments.push({ name, value: unquote(word) });
  }
  const isWhole = (isExport || assignments.length > 0) && (cursor.take(SEMICOLON) ?? cursor.take(LINE_END));
  if (!isWhole) return undefined;
  // `A+=b` is a command's name to a shell that does not know it, and then nothing beside it is assigned.
  return isAppended ? assignments.map(({ name }) => ({ name, value: undefined })) : assignments;
}

/** Whether the parameter of a command may become several, or other ones. */
function isSplit(word: string): boolean {
  return unquote(word) === undefined || [...word.matchAll(PART)].some(([, , , , , bare]) => /[*?[{]/.test(bare ?? ''));
}

/** What a shell makes of a word; undefined where it would expand something. */
function unquote(word: string): string | undefined {
  let value = '';
  for (const [, single, double, escaped, expansion, bare] of word.matchAll(PART)) {
    if (expansion !== undefined || (double !== undefined && /(?:^|[^\\])(?:\\\\)*[$`]/.test(double))) return undefined;
    value += single ?? double?.replace(/\\([\\"$`\n])/g, unescaped) ?? bare ?? unescaped('', escaped ?? '');
  }
  return value;
}

const unescaped = (_: string, character: string): string => (character === '\n' ? '' : character);

/** A place in a text. */
class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** From 1 on. */
  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  /** Goes past what a sticky pattern finds here. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    this.#at += match?.[0].length ?? 0;
    return match;
  }
}
