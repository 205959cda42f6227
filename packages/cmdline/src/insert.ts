import { cString, isBlank } from './bytes.ts';
import { CmdlineError } from './error.ts';
import { ARM64_CMDLINE_MAX } from './limit.ts';
import { nameKey } from './parameq.ts';
import { skipBlanks, type Token, type TokenizedLine, tokenize } from './token.ts';

/** How to write into a line. */
export interface EditOptions {
  /**
   * Bytes that the kernel keeps: {@link ARM64_CMDLINE_MAX} by default, null for no limit. What would be lost at the end of the
   * line is put where it survives.
   */
  max?: number | null | undefined;
}

/** The limit that the options mean. */
export function maxOf({ max }: EditOptions): number {
  return max === undefined ? ARM64_CMDLINE_MAX : (max ?? Number.POSITIVE_INFINITY);
}

/** A place for text in a line: between two tokens, or at an end of the kernel's part. */
export interface Place {
  /** The line, without what would stand against the text. */
  line: string;
  at: number;
}

/**
 * Where text survives: at the end of the kernel's part (in front of `--`) if the kernel keeps it there; else at the front, or right
 * behind the last parameter of the same name that the kernel still sees then, so that it counts as it would at the end; those
 * of its name behind it, which are lost, go.
 *
 * @throws {CmdlineError} EINVAL if the text alone is longer than the kernel keeps, if it has a `--` and cannot stand at the end, or if
 *   an open quote swallows the line's end.
 */
export function placeFor(line: string, text: string, max: number): Place {
  const tokenized = tokenize(line);
  const end = endOfKernelPart(line, tokenized);
  if (end + 1 + text.length <= max) return { line, at: end };
  if (text.length > max) {
    throw new CmdlineError(
      'EINVAL',
      `${JSON.stringify(text.slice(0, 60))} has ${text.length} bytes, and the kernel keeps ${max} of its command line`,
      'shorten it',
      { value: text, start: 0, end: text.length },
    );
  }
  const added = tokenize(text);
  if (added.dashdash) {
    throw new CmdlineError(
      'EINVAL',
      `${JSON.stringify(text.slice(0, 60))} has a \`--\`, and the kernel keeps only ${max} bytes: it does not fit at the end of the line`,
      "anywhere else what follows would become init's: shorten the line, or leave the `--` out",
      { value: text, start: added.dashdash.start, end: added.dashdash.end },
    );
  }
  const names = new Set(added.tokens.map(({ param }) => nameKey(param)));
  const rivals = tokenized.tokens.filter(({ param }) => names.has(nameKey(param)));
  const seen = rivals.findLast((token) => token.end + 1 + text.length <= max);
  // Those behind it are lost, or cut in two, and then would count with what is left of them.
  const lost = rivals.filter(({ start }) => start >= (seen?.end ?? 0));
  if (lost.length > 0) return placeFor(removeTokens(line, lost), text, max);
  return { line, at: seen?.end ?? 0 };
}

/** Where the kernel's part ends, blanks behind it not counted, those in front of a `--` counted. */
function endOfKernelPart(line: string, { tokens, dashdash }: TokenizedLine): number {
  if (dashdash) return dashdash.start;
  assertClosed(line, tokens.at(-1));
  const whole = cString(line);
  return whole.endsWith('\n') ? whole.length - 1 : whole.length;
}

/** Puts text into a line, with the blanks that it needs. */
export function insertAt({ line, at }: Place, text: string): string {
  const whole = cString(line);
  const front = whole.slice(0, at);
  const back = whole.slice(at);
  const before = front === '' || isBlank(front.charCodeAt(front.length - 1)) ? '' : ' ';
  const after = back === '' || isBlank(back.charCodeAt(0)) ? '' : ' ';
  return `${front}${before}${text}${after}${back}`;
}

/** Text after an open quote would become part of the quoted value. */
export function assertClosed(line: string, last: Token | undefined): void {
  if (!last) return;
  const value = line.slice(last.start, last.end);
  if (value.split('"').length % 2 === 1) return;
  throw new CmdlineError(
    'EINVAL',
    `the quote in ${JSON.stringify(value)} is never closed`,
    'close the quote, or whatever is appended becomes part of this value',
    { value, start: last.start, end: last.end },
  );
}

/** Cuts tokens with the blanks behind them; what ends the line goes with the blanks in front of it. One pass. */
export function removeTokens(line: string, tokens: readonly Token[]): string {
  if (tokens.length === 0) return line;
  let out = '';
  let at = 0;
  for (const token of tokens) {
    out += line.slice(at, token.start);
    at = skipBlanks(line, token.end);
  }
  if (at < line.length) return out + line.slice(at);
  return trimEnd(out) + (line.endsWith('\n') ? '\n' : '');
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}
