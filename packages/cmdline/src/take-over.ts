import { assertClosed, type EditOptions, insertAt, maxOf, placeFor, removeTokens } from './insert.ts';
import { nameKey } from './parameq.ts';
import { addsUp, isSame, tokenKey } from './repeated.ts';
import { type Token, type TokenizedLine, tokenize } from './token.ts';

/** What to change on the way from one kernel to the next. */
export interface TakeOverOptions extends EditOptions {
  /** Parameters to drop besides `BOOT_IMAGE` (which names the running kernel's file), such as `crashkernel`. */
  drop?: readonly string[] | undefined;
  /** Text to add at the end of the kernel's part, as it stands but for blanks around it. */
  append?: string | undefined;
}

/**
 * The running kernel's command line made ready for the next one, as `kexec --reuse-cmdline` does: without `BOOT_IMAGE`
 * and whatever else is dropped, without the newline of /proc/cmdline, with the addition in front of any `--`. Where the next
 * kernel would not keep the addition there, it is put at the front; see `cutCmdline` for what such a line loses. Everything
 * else stays byte for byte.
 *
 * Doing it again with the same addition changes nothing: an equal parameter further in front goes, but for those that add up
 * ({@link addsUp}), and an addition that is there is not made again, nor anything dropped from it.
 *
 * @throws {CmdlineError} EINVAL if an open quote would swallow the addition, or what follows it; if the kernel keeps less than it; or if it
 *   has a `--` and does not fit at the end.
 */
export function takeOverCmdline(running: string, options: TakeOverOptions = {}): string {
  const line = withoutNewlines(running);
  const text = (options.append ?? '').trim();
  const addition = tokenize(text);
  assertClosed(text, addition.tokens.at(-1));
  const job: Job = { drop: ['BOOT_IMAGE', ...(options.drop ?? [])], text, addition, max: maxOf(options) };
  return takenOver(line, job) ?? takeOver(line, job);
}

/** Without those at its end. */
function withoutNewlines(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '\n') end -= 1;
  return text.slice(0, end);
}

interface Job {
  drop: readonly string[];
  text: string;
  addition: TokenizedLine;
  max: number;
}

function takeOver(line: string, { drop, text, addition, max }: Job): string {
  const rest = removeAll(line, drop);
  if (addition.tokens.length === 0 && !addition.dashdash) return rest;
  let before = withoutEqual(rest, addition.tokens);
  let place = placeFor(before, text, max);
  // Where others had to go for it, those that they kept may go as well.
  while (place.line !== before) {
    before = withoutEqual(place.line, addition.tokens);
    place = placeFor(before, text, max);
  }
  return insertAt(place, text);
}

/** More places where the addition could have been put are not looked at. */
const MOST_PLACES = 8;

/**
 * The line that taking over gives if the addition has been made already: it is what taking over made of the line without it, or
 * it stands at the end. What is dropped must not be dropped from it.
 */
function takenOver(line: string, job: Job): string | undefined {
  const places = placesOf(line, job);
  for (const { start, end } of places) {
    for (const before of withoutPart(line, start, end)) {
      const again = takeOver(before, job);
      if (again === line.slice(0, start) + job.text + line.slice(end)) return again;
    }
  }
  const last = places.find(({ isLast }) => isLast);
  const [before] = last ? withoutPart(line, last.start, last.end) : [];
  return before === undefined ? undefined : takeOver(before, job);
}

interface Part {
  start: number;
  end: number;
  isLast: boolean;
}

/** Where the addition stands in one piece and is seen by the kernel, the last place first. */
function placesOf(line: string, job: Job): Part[] {
  return job.addition.dashdash ? textsOf(line, job) : runsOf(line, job);
}

/** With a `--` in it only the very same text is the addition. */
function textsOf(line: string, { text, max }: Job): Part[] {
  const places: Part[] = [];
  let start = line.lastIndexOf(text, max - text.length);
  while (start >= 0 && places.length < MOST_PLACES) {
    places.push({ start, end: start + text.length, isLast: false });
    start = start === 0 ? -1 : line.lastIndexOf(text, start - 1);
  }
  return places;
}

function runsOf(line: string, { addition: { tokens: added }, max }: Job): Part[] {
  const { tokens } = tokenize(line);
  const places: Part[] = [];
  if (added.length === 0) return places;
  for (let first = tokens.length - added.length; first >= 0 && places.length < MOST_PLACES; first--) {
    const [head, tail] = [tokens[first], tokens[first + added.length - 1]];
    if (!head || !tail || tail.end > max) continue;
    if (!added.every((token, i) => isEqual(token, tokens[first + i]))) continue;
    places.push({ start: head.start, end: tail.end, isLast: first + added.length === tokens.length });
  }
  return places;
}

/** The line as it can have been before a part was put in, with or without the blanks at its sides. */
function withoutPart(line: string, start: number, end: number): string[] {
  const fronts = [line.slice(0, start).replace(/ $/, ''), line.slice(0, start)];
  const backs = [line.slice(end), line.slice(end).replace(/^ /, '')];
  return [...new Set(fronts.flatMap((front) => backs.map((back) => front + back)))];
}

function isEqual(token: Token, other: Token | undefined): boolean {
  return other !== undefined && isSame(token, other);
}

function removeAll(line: string, names: readonly string[]): string {
  const dropped = new Set(names.map(nameKey));
  return removeTokens(
    line,
    tokenize(line).tokens.filter(({ param }) => dropped.has(nameKey(param))),
  );
}

/** Without parameters that the addition repeats. */
function withoutEqual(line: string, added: readonly Token[]): string {
  const { tokens } = tokenize(line);
  const unique = new Set(added.filter(({ param }) => !addsUp(param)).map(tokenKey));
  const varied = variedModuleParameters([...tokens, ...added]);
  return removeTokens(
    line,
    tokens.filter((token) => unique.has(tokenKey(token)) && !varied.has(nameKey(token.param))),
  );
}

/** A module can count every occurrence of its parameter, and which do is not known: equal ones go only if there are no others. */
function variedModuleParameters(tokens: readonly Token[]): Set<string> {
  const first = new Map<string, string | null>();
  const varied = new Set<string>();
  for (const { param, value } of tokens) {
    if (!param.includes('.')) continue;
    const key = nameKey(param);
    if (first.has(key) && first.get(key) !== value) varied.add(key);
    else first.set(key, value);
  }
  return varied;
}
