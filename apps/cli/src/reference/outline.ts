import type { Argument, Command, Example, Family, HelpList } from '../commands/command.ts';
import { longName, type Option } from '../options/option.ts';

/** What can stand behind an option, or for an argument. */
export type Takes =
  | { readonly kind: 'nothing' }
  /** One of these. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'text' };

/** One way to write an option. */
export interface OutlinedOption {
  /** With its dashes. */
  readonly name: string;
  /** What stands for its value: `<file>`; undefined where it has none. */
  readonly value: string | undefined;
  readonly takes: Takes;
  /** With its default. */
  readonly summary: string;
  readonly heading: string;
}

/** A command as everything tells of it that is not the command itself: completion, manual pages. */
export interface OutlinedCommand {
  /** One word, or two: `dtb`, `show`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly args: readonly Argument[];
  readonly options: readonly OutlinedOption[];
  readonly lists: readonly HelpList[];
  readonly examples: readonly Example[];
}

/** A first word, with its verbs where it has some. */
export interface OutlinedWord {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly OutlinedCommand[];
  readonly isFamily: boolean;
}

/** All that can be written behind `kexeckit`, in the order of the help. */
export function outlineOf(commands: readonly (Command | Family)[]): readonly OutlinedWord[] {
  return commands.map((command) => {
    const { name, summary } = command;
    return 'verbs' in command
      ? { name, summary, isFamily: true, commands: command.verbs.map((verb) => outlined(verb, [name, verb.name])) }
      : { name, summary, isFamily: false, commands: [outlined(command, [name])] };
  });
}

function outlined(command: Command, path: readonly string[]): OutlinedCommand {
  const { summary, args, lists = [], examples } = command;
  const options = Object.entries(command.options).flatMap(([name, option]) => waysOf(name, option, command));
  return { path, summary, args, options: [...options, help], lists, examples };
}

const help: OutlinedOption = {
  name: '--help',
  value: undefined,
  takes: { kind: 'nothing' },
  summary: 'show the help of this command',
  heading: 'Options:',
};

/** The ways to write an option: one more where there may be none of it. */
export function waysOf(
  name: string,
  option: Option,
  { defaultOf }: Pick<Command, 'defaultOf'>,
): readonly OutlinedOption[] {
  const { heading } = option;
  const byDefault = defaultOf?.(name);
  const summary = byDefault === undefined ? option.summary : `${option.summary} (${byDefault})`;
  if (!('value' in option))
    return [{ name: longName(name, option), value: undefined, takes: { kind: 'nothing' }, summary, heading }];
  const way = { name: longName(name), value: option.value, takes: takenBy(option), summary, heading };
  if (option.orNone === undefined) return [way];
  const none = `--no-${way.name.slice(2)}`;
  return [way, { name: none, value: undefined, takes: { kind: 'nothing' }, summary: option.orNone, heading }];
}

function takenBy(option: Extract<Option, { value: string }>): Takes {
  if ('words' in option.parse) {
    const { words } = option.parse;
    const all = option.asDefault === undefined ? words : [option.asDefault, ...words];
    return { kind: 'words', words: all };
  }
  if (option.value === '<file>') return { kind: 'file' };
  return { kind: option.value === '<folder>' ? 'folder' : 'text' };
}

/** What can stand for an argument: most name files. */
export const takenByArgument = ({ words, isText }: Argument): Takes => {
  if (words !== undefined) return { kind: 'words', words };
  return { kind: isText ? 'text' : 'file' };
};
