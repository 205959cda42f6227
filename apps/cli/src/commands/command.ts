import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import type { Option, OptionsFor } from '../options/option.ts';
import type { OutputValues } from '../options/output.ts';
import { LongJson, plainJson } from '../render/json.ts';
import type { Piece } from '../render/pace.ts';
import type { Page } from '../render/page.ts';

/** An argument of a command; it is required unless it says otherwise. */
export interface Argument {
  readonly name: string;
  readonly summary: string;
  readonly isOptional?: true;
  /** There may be several. */
  readonly isMany?: true;
  /** It is one of these. */
  readonly words?: readonly string[];
  /** It names no file, as most do. */
  readonly isText?: true;
}

/** A command line as a person would write it, and what it does. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** A list at the end of the help. */
export interface HelpList {
  readonly heading: string;
  readonly rows: readonly (readonly [name: string, summary: string])[];
}

/** What the command line says to a command. */
export interface Request<Values> {
  readonly args: readonly string[];
  readonly options: Values;
}

/** How a result is shown. Nothing is formatted before. */
export interface View<Result, Printed = unknown> {
  /** For people. */
  readonly text: (result: Result, page: Page) => string;
  /** For programs, as its schema in `src/json` says: figures with their units; addresses may be bigint; {@link LongJson} where it may be too long. */
  readonly json: (result: Result) => Printed;
  /** The same text in pieces, where it may be too long to stand in memory: they are written one after the other. */
  readonly pieces?: (result: Result, page: Page) => Iterable<Piece>;
  /** What is written as it is in the place of the text, for results that are a file themselves. */
  readonly bytes?: (result: Result) => Uint8Array | undefined;
  /** One sentence for a result that is not what people want; it goes to standard error. */
  readonly problem?: (result: Result) => string | undefined;
  readonly exitCode?: (result: Result) => number;
}

/** What a command does, imported only when it runs: everything heavy hangs here. */
export interface Body<Values, Result> {
  readonly run: (request: Request<Values>, context: Context) => Promise<Result>;
  readonly view: View<Result>;
}

/** What help and parser need to know of a command. */
export interface Declaration {
  readonly name: string;
  /** What it was called before; it still is, but nobody is told. */
  readonly formerly?: string;
  readonly summary: string;
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Option>>;
  /** The default of an option, in words. */
  readonly defaultOf?: (option: string) => string | undefined;
  readonly lists?: readonly HelpList[];
  /** The options that `--help` tells of, where all would not fit a screen: the others are named. Options by their value's name. */
  readonly everyday?: readonly string[];
  /** The exit code when the work failed, where 1 is the answer of a result: by default 1. */
  readonly failed?: number;
  readonly examples: readonly Example[];
}

/** A command with the types of its values and of its result. */
export interface TypedCommand<Values extends OutputValues, Result> extends Declaration {
  readonly options: OptionsFor<Values>;
  readonly everyday?: readonly (keyof Values & string)[];
  readonly load: () => Promise<Body<Values, Result>>;
}

/** A result that has been rendered. */
export interface Finished {
  /** In pieces where it is long; bytes where it is a file. */
  readonly out: string | Iterable<Piece> | Uint8Array;
  readonly problem: string | undefined;
  readonly exitCode: number;
}

/** Where the values of options come from: commander's command, when the values have been parsed. */
export interface ParsedOptions {
  opts<Values extends object>(): Values;
}

/** Any command. */
export interface Command extends Declaration {
  readonly execute: (parsed: ParsedOptions, args: readonly string[], context: Context) => Promise<Finished>;
  /** Takes everything behind its name as it is, by rules of its own, and writes by itself. @returns the exit code; 1 for a refusal */
  readonly takesArguments?: (args: readonly string[], context: Context) => Promise<number>;
}

/** Commands that have their first word in common: `dtb show`, `dtb set`. The second word of each is its name. */
export interface Family {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Command[];
}

/** A command whose result is rendered as its options say. */
export function defineCommand<Values extends OutputValues, Result>(command: TypedCommand<Values, Result>): Command {
  return {
    ...command,
    execute: async (parsed, args, context) => {
      const options = parsed.opts<Values>();
      const { run, view } = await command.load();
      context.io.signal?.throwIfAborted();
      const result = await run({ args, options }, context);
      return {
        out: options.json ? jsonOf(view.json(result)) : shown(view, result, context.io.page),
        problem: view.problem?.(result),
        exitCode: view.exitCode?.(result) ?? EXIT.done,
      };
    },
  };
}

/** Nothing where all was told before. */
const jsonOf = (value: unknown): Finished['out'] => {
  if (value instanceof LongJson) return value.pieces;
  return value === undefined ? '' : plainJson(value);
};

/** What is written for people, or for whoever reads a file from a pipe. */
const shown = <Result>({ text, pieces, bytes }: View<Result>, result: Result, page: Page): Finished['out'] =>
  bytes?.(result) ?? pieces?.(result, page) ?? text(result, page);
