import { findParameters, removeParameter } from './edit.ts';
import { type EditOptions, insertAt, maxOf, type Place, placeFor, removeTokens } from './insert.ts';
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
  const isSimple = dashdash === null && added.length > 0;
  if (isSimple && isThere(placeFor(line, text, max), added, max)) return line;
  const kept = isSimple ? withoutEqual(line, added) : line;
  const place = placeFor(kept, text, max);
  return isSimple && isThere(place, added, max) ? kept : insertAt(place, text);
}

/** Whether the addition already stands at the end, or right in front of or behind its place, where the kernel keeps it. */
function isThere({ line, at }: Place, added: readonly Token[], max: number): boolean {
  const { tokens } = tokenize(line);
  const index = tokens.findIndex(({ end }) => end > at);
  const before = index < 0 ? tokens.length : index;
  return [tokens.length - added.length, before - added.length, before].some((first) =>
    added.every((wanted, i) => {
      const token = tokens[first + i];
      return token !== undefined && isSame(token, wanted) && token.end <= max;
    }),
  );
}

/** Without earlier parameters that the addition repeats. */
function withoutEqual(line: string, added: readonly Token[]): string {
  const unique = added.filter(({ param }) => !addsUp(param));
  const repeated = unique.flatMap((token) => findParameters(line, token.param).filter((each) => isSame(each, token)));
  const sorted = [...new Map(repeated.map((token) => [token.start, token])).values()].toSorted(
    (a, b) => a.start - b.start,
  );
  return removeTokens(line, sorted);
}
