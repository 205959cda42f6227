/** What a parser needs to know of an option. */
export interface Spelling {
  readonly short?: string;
  readonly long: readonly string[];
  /** Undefined: it has no value. */
  readonly value?: string;
}

/** An option that was found, with its value. */
export interface Found<Option extends Spelling> {
  readonly option: Option;
  readonly value: string | undefined;
}

/** Why the rest of a command line is not read. */
export interface Problem {
  readonly message: string;
  /** A long option that there is not. */
  readonly unknown?: string;
}

/** A command line, as getopt_long(3) sees it. */
export interface Parsed<Option extends Spelling> {
  /** In their order. */
  readonly found: readonly Found<Option>[];
  readonly operands: readonly string[];
  /** What stopped it: what was found before still is. */
  readonly problem?: Problem;
}

/**
 * Reads a command line by the rules of getopt_long(3): options and operands in any order, letters in clusters, long names as short
 * as they are unambiguous, values behind `=` or in the next argument, `--` before what is no option.
 *
 * @param posix whether the first operand ends the options, as POSIXLY_CORRECT wants it.
 */
export function parseArguments<Option extends Spelling>(
  args: readonly string[],
  table: readonly Option[],
  posix: boolean = false,
): Parsed<Option> {
  const found: Found<Option>[] = [];
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') return { found, operands: [...operands, ...rest] };
    const isOperand = arg === '-' || !arg.startsWith('-');
    if (isOperand && posix) return { found, operands: [...operands, arg, ...rest] };
    if (isOperand) {
      operands.push(arg);
      continue;
    }
    const problem = arg.startsWith('--') ? readLong(arg, rest, table, found) : readCluster(arg, rest, table, found);
    if (problem !== undefined) return { found, operands, problem };
  }
  return { found, operands };
}

/** Reads `--name`, `--name=value` or `--name value`. */
function readLong<Option extends Spelling>(
  arg: string,
  rest: string[],
  table: readonly Option[],
  found: Found<Option>[],
): Problem | undefined {
  const equals = arg.indexOf('=');
  const name = arg.slice(2, equals < 0 ? undefined : equals);
  const named = table.flatMap((option) => option.long.map((long) => ({ option, long })));
  const exact = named.find(({ long }) => long === name);
  const candidates = exact === undefined ? named.filter(({ long }) => long.startsWith(name)) : [exact];
  const [first, ...others] = candidates;
  if (first === undefined) return { message: `unrecognized option '--${name}'`, unknown: name };
  const { option, long } = first;
  if (others.some((other) => other.option !== option)) {
    const possibilities = candidates.map((candidate) => `'--${candidate.long}'`).join(' ');
    return { message: `option '--${name}' is ambiguous; possibilities: ${possibilities}` };
  }
  const inline = equals < 0 ? undefined : arg.slice(equals + 1);
  if (option.value === undefined) {
    if (inline !== undefined) return { message: `option '--${long}' doesn't allow an argument` };
    found.push({ option, value: undefined });
    return undefined;
  }
  const value = inline ?? rest.shift();
  if (value === undefined) return { message: `option '--${long}' requires an argument` };
  found.push({ option, value });
  return undefined;
}

/** Reads `-abc`, of which the last may have its value behind it or in the next argument. */
function readCluster<Option extends Spelling>(
  arg: string,
  rest: string[],
  table: readonly Option[],
  found: Found<Option>[],
): Problem | undefined {
  const letters = [...arg.slice(1)];
  for (const [at, letter] of letters.entries()) {
    const option = table.find(({ short }) => short === letter);
    if (option === undefined) return { message: `invalid option -- '${letter}'` };
    if (option.value === undefined) {
      found.push({ option, value: undefined });
      continue;
    }
    const behind = letters.slice(at + 1).join('');
    const value = behind === '' ? rest.shift() : behind;
    if (value === undefined) return { message: `option requires an argument -- '${letter}'` };
    found.push({ option, value });
    return undefined;
  }
  return undefined;
}
