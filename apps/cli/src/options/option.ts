/** Turns a text into a value. */
export interface Parser<T> {
  /** @throws InvalidValue with what to give instead. */
  (text: string): T | Promise<T>;
  /** Where the value is one of these. */
  readonly words?: readonly string[];
}

/** An option with a value. */
export interface ValueOption<T> {
  /** Which part of the help it stands in. */
  readonly heading: string;
  /** What it is, in a few words; without its default. */
  readonly summary: string;
  /** What stands for the value: `<file>`. */
  readonly value: string;
  readonly parse: Parser<T>;
  /** A value that stands for the default. */
  readonly asDefault?: string;
  /** It may be written `--no-…`, too, which says this in a few words, and makes its value false. */
  readonly orNone?: string;
}

/** An option that is given or not. */
export interface FlagOption {
  readonly heading: string;
  readonly summary: string;
  /** It is written `--no-…`, and its value is true unless it is given. */
  readonly negated?: true;
}

/** Any option. */
export type Option = ValueOption<unknown> | FlagOption;

/** The option that gives a value of this type. */
export type OptionFor<T> = [T] extends [boolean] ? FlagOption : ValueOption<T>;

/** One option for each value, by its name: `savePlan` is written `--save-plan`. */
export type OptionsFor<Values> = { readonly [Name in keyof Values]-?: OptionFor<Exclude<Values[Name], undefined>> };

/** How an option is written on a command line. */
export function longName(name: string, option?: Option): string {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return option !== undefined && 'negated' in option ? `--no-${kebab}` : `--${kebab}`;
}

/** The value that was given, or else the default: it is written as on a command line. */
export async function givenOr<T>(option: ValueOption<T>, given: T | undefined, byDefault: string): Promise<T> {
  return given ?? (await option.parse(byDefault));
}
