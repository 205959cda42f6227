import { type Command as Commander, Help } from 'commander';
import type { Command, Family, HelpList } from './commands/command.ts';
import { longName } from './options/option.ts';
import type { AsCalled } from './render/page.ts';

/** Columns that what stands beside a name needs at least. */
const LEAST_SUMMARY = 32;

/**
 * How long help is. `--help` fits a screen: of a command with more options than that it tells the everyday ones, and names the
 * others. `help COMMAND` tells all.
 */
export class HelpText {
  readonly #everyday = new Map<Commander, ReadonlySet<string>>();
  readonly #asCalled: AsCalled;
  #isWhole = false;

  constructor(asCalled: AsCalled) {
    this.#asCalled = asCalled;
  }

  /** From here on everything is told. */
  tellAll(): void {
    this.#isWhole = true;
  }

  /** Help as commander writes it, without the options that are only named. For its `configureHelp`. */
  readonly format = (command: Commander, helper: Help): string => {
    const everyday = this.#everydayOf(command);
    if (everyday !== undefined) {
      const all = helper.visibleOptions.bind(helper);
      helper.visibleOptions = (of) => all(of).filter(({ long }) => long === '--help' || everyday.has(long ?? ''));
    }
    return Help.prototype.formatHelp.call(helper, command, helper);
  };

  /** Adds what stands below the options of a command. */
  addTo(declared: Commander, { everyday, lists = [], examples }: Command): void {
    if (everyday !== undefined) this.#everyday.set(declared, new Set(everyday.map((name) => longName(name))));
    for (const list of lists)
      declared.addHelpText('after', ({ error }) =>
        this.#everydayOf(declared) === undefined ? listText(list, declared, error) : '',
      );
    declared.addHelpText('after', ({ error }) => this.#others(declared, error));
    const rows = examples.map(({ line, does }) => [line, does] as const);
    declared.addHelpText('after', ({ error }) => listText({ heading: 'Examples:', rows }, declared, error));
    declared.addHelpText('after', () =>
      this.#everydayOf(declared) === undefined
        ? ''
        : `\n${this.#asCalled(`kexeckit help ${declared.name()}`)} tells what each option does`,
    );
  }

  /** Adds what stands below the verbs of a family: an example of each. */
  addToFamily(declared: Commander, { name, verbs }: Family): void {
    const rows = verbs.flatMap(({ examples }) => examples.slice(0, 1)).map(({ line, does }) => [line, does] as const);
    declared
      .addHelpText('after', ({ error }) => listText({ heading: 'Examples:', rows }, declared, error))
      .addHelpText('after', `\n${this.#asCalled(`kexeckit help ${name} VERB`)} shows every option`);
  }

  #everydayOf(command: Commander): ReadonlySet<string> | undefined {
    return this.#isWhole ? undefined : this.#everyday.get(command);
  }

  /** The options that are only named. */
  #others(declared: Commander, isError: boolean): string {
    const everyday = this.#everydayOf(declared);
    if (everyday === undefined) return '';
    const names = declared.options.map(({ long }) => long ?? '').filter((long) => !everyday.has(long));
    const helper = helperOf(declared, isError);
    const width = helper.helpWidth ?? Number.POSITIVE_INFINITY;
    return `\nMore options:\n${helper.boxWrap(names.join(', '), width - 2).replaceAll(/^/gm, '  ')}`;
  }
}

/** A list as commander lays its own out; where a name is long, what it is stands below it. */
function listText({ heading, rows }: HelpList, command: Commander, isError: boolean): string {
  const helper = helperOf(command, isError);
  const width = rows.reduce((most, [name]) => Math.max(most, name.length), 0);
  const isWide = width + LEAST_SUMMARY > (helper.helpWidth ?? Number.POSITIVE_INFINITY);
  const lines = rows.map(([name, summary]) =>
    isWide
      ? `  ${name}\n${helper.formatItem('', 2, summary, helper)}`
      : helper.formatItem(name, width, summary, helper),
  );
  return `\n${heading}\n${lines.join('\n')}`;
}

/** What lays help out, as wide as where it goes. */
function helperOf(command: Commander, isError: boolean): Help {
  const { getErrHelpWidth, getOutHelpWidth } = command.configureOutput();
  const helpWidth = isError ? getErrHelpWidth?.() : getOutHelpWidth?.();
  const helper = command.createHelp();
  helper.prepareContext({ error: isError, ...(helpWidth !== undefined && { helpWidth }) });
  return helper;
}
