import { CmdlineError } from './error.ts';
import { type EditOptions, insertAt, maxOf, placeFor, removeTokens } from './insert.ts';
import { parameq } from './parameq.ts';
import { type Token, tokenAt, tokenize } from './token.ts';

/**
 * The value of a parameter, of its last occurrence in front of `--` (later ones win for most parameters): its text,
 * null if it is there without `=`, undefined if it does not occur. `-` and `_` are the same.
 */
export function getParameter(cmdline: string, name: string): string | null | undefined {
  return findParameters(cmdline, name).at(-1)?.value;
}

/** All occurrences of a parameter in front of `--`, in order, with their positions. */
export function findParameters(cmdline: string, name: string): Token[] {
  return tokenize(cmdline).tokens.filter((token) => parameq(token.param, name));
}

/**
 * Writes one parameter so that the kernel reads back exactly this name and value; a value with blanks is quoted.
 *
 * @throws {CmdlineError} EINVAL if no spelling gives that name and value (a quote and a blank in one value, a NUL…).
 */
export function formatParameter(name: string, value: string | null = null): string {
  const plain = value === null ? name : `${name}=${value}`;
  for (const text of value === null ? [plain, `"${name}"`] : [plain, `${name}="${value}"`, `"${name}=${value}"`]) {
    if (readsBackAs(text, name, value)) return text;
  }
  throw new CmdlineError(
    'EINVAL',
    `no command line gives the parameter ${JSON.stringify(plain)}`,
    'the kernel has no escape for a quote: leave out quotes, blanks inside a quoted value, and NUL',
    { value: plain, start: 0, end: plain.length },
  );
}

/** True if the text, followed by another parameter, is taken as one token of this name and value. */
function readsBackAs(text: string, name: string, value: string | null): boolean {
  if (name === '' || name === '--' || text.includes('\0')) return false;
  const token = tokenAt(`${text} next`, 0);
  return token.end === text.length && token.param === name && token.value === value;
}

/**
 * Gives a parameter one value: its first occurrence in front of `--` is replaced where it stands, further ones are
 * removed, and without one it is added at the end of the kernel's part. Where the kernel would not keep it, it is put where it
 * survives. Everything else stays byte for byte.
 *
 * @param value Text without quotes, or null for a parameter without `=`.
 * @throws {CmdlineError} EINVAL if the kernel could not read the value back, or keeps less than it.
 */
export function setParameter(cmdline: string, name: string, value: string | null, options: EditOptions = {}): string {
  const [first, ...others] = findParameters(cmdline, name);
  if (!first) return appendParameter(cmdline, name, value, options);
  const text = formatParameter(name, value);
  if (first.start + text.length > maxOf(options)) {
    return appendRaw(removeParameter(cmdline, name), text, options);
  }
  const trimmed = removeTokens(cmdline, others);
  return trimmed.slice(0, first.start) + text + trimmed.slice(first.end);
}

/**
 * Adds a parameter at the end of the kernel's part of the line (in front of `--`), after any other of the same name; where the
 * kernel would not keep it there, at the front, or right behind the last of its name that is kept.
 *
 * @throws {CmdlineError} EINVAL if the kernel could not read the value back or keeps less than it, or an open quote swallows the
 * line's end.
 */
export function appendParameter(
  cmdline: string,
  name: string,
  value: string | null = null,
  options: EditOptions = {},
): string {
  return appendRaw(cmdline, formatParameter(name, value), options);
}

/** Adds text, unchanged, as {@link appendParameter} does. */
function appendRaw(cmdline: string, text: string, options: EditOptions = {}): string {
  return insertAt(placeFor(cmdline, text, maxOf(options)), text);
}

/** Removes every occurrence of a parameter in front of `--`, each with the blanks after it. */
export function removeParameter(cmdline: string, name: string): string {
  return removeTokens(cmdline, findParameters(cmdline, name));
}
