/** The assignments of a file that a shell would source, read as data. */
export interface Assignments {
  /** The value of each name; the last assignment counts. */
  readonly values: ReadonlyMap<string, string>;
  /** Names whose value a shell would have to compute: nobody runs it here. */
  readonly computed: ReadonlySet<string>;
}

/** A line `NAME=word`: quoted and unquoted parts in a row, and nothing else but a comment. */
const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=((?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\;&|()<>])*)[ \t]*(?:;|$|[ \t]#)/gm;
const PART = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|((?:\\[\s\S]|[^\s'"\\])+)/g;

/** Reads the plain assignments of a configuration such as /etc/default/kdump-tools. What else stands there is passed over. */
export function parseAssignments(text: string): Assignments {
  const values = new Map<string, string>();
  const computed = new Set<string>();
  for (const [, name = '', word = ''] of text.matchAll(ASSIGNMENT)) {
    const value = unquote(word);
    if (value === undefined) {
      values.delete(name);
      computed.add(name);
    } else {
      values.set(name, value);
      computed.delete(name);
    }
  }
  return { values, computed };
}

/** What a shell makes of a word; undefined where it would expand something. */
function unquote(word: string): string | undefined {
  let value = '';
  for (const [, single, double, bare] of word.matchAll(PART)) {
    const open = double ?? bare;
    if (open !== undefined && /(^|[^\\])(\\\\)*[$`]/.test(open)) return undefined;
    value += single ?? double?.replace(/\\([\\"$`]|\n)/g, unescaped) ?? bare?.replace(/\\([\s\S])/g, unescaped) ?? '';
  }
  return value;
}

/** A newline behind a backslash is no character at all. */
const unescaped = (_: string, character: string): string => (character === '\n' ? '' : character);
