import { removeParameter } from './edit.ts';
import { type EditOptions, insertAt, maxOf, placeFor, removeTokens } from './insert.ts';
import { parameq } from './parameq.ts';
import { addsUp, isSame } from './repeated.ts';
import { type Token, tokenize } from './token.ts';

/** What to change on the way from one kernel to the next. */
export interface TakeOverOptions extends EditOptions {
  /** Parameters to drop besides `BOOT_IMAGE` (which names the running kernel's file), such as `crashkernel`. */
  drop?: readonly string[] | undefined;
  /** Text to add at the end of the kernel's part, as it stands. */
  append?: string | undefined;
}

/**
 * The running kernel's command line made ready for the next one, as `kexec --reuse-cmdline` does: without `BOOT_IMAGE`
 * and whatever else is dropped, without the newline of /proc/cmdline, with the addition in front of any `--`. Where the next
 * kernel would not keep the addition there, it is put at the front; see `cutCmdline` for what such a line loses. Everything
 * else stays byte for byte.
 *
 * Doing it again with the same addition changes nothing: an equal parameter further in front goes, but for those that add up
 * ({@link addsUp}), and an addition that is there is not made again.
 *
 * @throws {CmdlineError} EINVAL if an open quote would swallow the addition, or the kernel keeps less than it.
 */
export function takeOverCmdline(running: string, options: TakeOverOptions = {}): string {
  let line = running.endsWith('\n') ? running.slice(0, -1) : running;
  for (const name of ['BOOT_IMAGE', ...(options.drop ?? [])]) line = removeParameter(line, name);
  return options.append ? addOnce(line, options.append, maxOf(options)) : line;
}

function addOnce(line: string, text: string, max: number): string {
  const { tokens: added, dashdash } = tokenize(text);
  if (dashdash || added.length === 0) return insertAt(placeFor(line, text, max), text);
  const there = findAddition(line, added, max);
  const rest = withoutEqual(line, added);
  const place = placeFor(rest, text, max);
  if (there?.isLast) return withoutEqual(line, added, there.start);
  // At the front, what adds up must not be added over and over.
  if (there && place.at < trimmedLength(rest)) return line;
  return insertAt(place, text);
}

/**
 * Where the kernel sees the addition, in one piece, and none of its parameters again behind it; and whether that is the end of its
 * part.
 */
function findAddition(line: string, added: readonly Token[], max: number): { start: number; isLast: boolean } | null {
  const { tokens } = tokenize(line);
  const seen = tokens.filter(({ start }) => start < max);
  for (let first = seen.length - added.length; first >= 0; first--) {
    const there = seen.slice(first, first + added.length);
    const [head] = there;
    if (!head || !there.every((token, i) => token.end <= max && isEqual(token, added[i]))) continue;
    const behind = seen.slice(first + added.length);
    if (behind.some(({ param }) => added.some((token) => parameq(param, token.param)))) return null;
    return { start: head.start, isLast: first + added.length === tokens.length };
  }
  return null;
}

/** Length of the kernel's part without the blanks at its end. */
function trimmedLength(line: string): number {
  return tokenize(line).tokens.at(-1)?.end ?? 0;
}

function isEqual(token: Token, wanted: Token | undefined): boolean {
  return wanted !== undefined && isSame(token, wanted);
}

/** Without parameters in front of a position that the addition repeats. */
function withoutEqual(line: string, added: readonly Token[], before: number = line.length): string {
  const unique = added.filter(({ param }) => !addsUp(param));
  const { tokens } = tokenize(line);
  const repeated = tokens.filter((token) => token.start < before && unique.some((one) => isSame(token, one)));
  return removeTokens(line, repeated);
}
