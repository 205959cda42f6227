import { Argument, Command as Commander, Option as CommanderOption } from 'commander';
import type { Command, Family } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { InvalidValue, UsageError } from './error.ts';
import { HelpText } from './help.ts';
import type { Io } from './io.ts';
import { longName } from './options/option.ts';
import { oneOf } from './options/values.ts';
import { waysOf } from './reference/outline.ts';
import { sentence } from './render/format.ts';
import { versionText } from './version.ts';

/** Runs a command whose values have been read. */
export type Start = (command: Command, parsed: Commander) => Promise<void>;

/** What goes through all that is declared. */
interface Making {
  readonly start: Start;
  readonly help: HelpText;
}

/** The command line as commander knows it: every command with its options and its help. */
export function makeProgram(io: Io, start: Start): Commander {
  const making: Making = { start, help: new HelpText(io.page.asCalled) };
  const program = new Commander('kexeckit')
    .description('Plan, prove and perform arm64 kexec reboots, and see them.')
    .version(versionText(), '-V, --version', 'print the version')
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ minWidthToWrap: 24, subcommandTerm: nameOf, formatHelp: making.help.format })
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      // It is told of as every other refusal.
      outputError: () => {},
      getOutHelpWidth: () => io.page.width,
      getErrHelpWidth: () => io.errPage.width,
    })
    .addHelpText('after', `\n${io.page.asCalled('kexeckit help COMMAND')} shows every option`);
  for (const command of commands) {
    if ('verbs' in command) {
      program.addCommand(declareFamily(command, program, making));
      continue;
    }
    addTo(program, declare(command, making));
    if (command.formerly === undefined) continue;
    addTo(program, declare({ ...command, name: command.formerly }, making), true);
  }
  return program.addCommand(helpOf(program, making.help).copyInheritedSettings(program));
}

const addTo = (parent: Commander, command: Commander, hidden: boolean = false): Commander =>
  parent.addCommand(command.copyInheritedSettings(parent), { hidden });

/** A command that only has others: without one of them it shows its help. */
function declareFamily(of: Family, program: Commander, making: Making): Commander {
  const { name, summary, verbs } = of;
  const family = new Commander(name).copyInheritedSettings(program).summary(summary).description(sentence(summary));
  family.usage('VERB ...').helpCommand(false);
  for (const verb of verbs) addTo(family, declare(verb, making));
  making.help.addToFamily(family, of);
  return family;
}

const nameOf = (command: Commander): string => command.name();

/** `kexeckit help`, also of a command, also of two words. */
function helpOf(program: Commander, text: HelpText): Commander {
  const help = new Commander('help')
    .argument('[command...]')
    .description('show the help of a command')
    .helpOption(false);
  return help.action(async (names: readonly string[]) => {
    let found = program;
    for (const name of names) {
      const next = found.commands.find((command) => command.name() === name);
      // It says which command is unknown, and which might be meant.
      if (next === undefined) return void (await found.parseAsync([name], { from: 'user' }));
      found = next;
    }
    text.tellAll();
    found.help();
  });
}

function declare(command: Command, { start, help }: Making): Commander {
  const declared = new Commander(command.name).summary(command.summary).description(sentence(command.summary));
  for (const { name, summary, isOptional, isMany } of command.args) {
    const shown = isMany ? `${name}...` : name;
    declared.addArgument(new Argument(isOptional ? `[${shown}]` : `<${shown}>`, summary));
  }
  for (const [name, option] of Object.entries(command.options)) {
    for (const { name: way, value, summary, heading } of waysOf(name, option, command))
      declared.addOption(
        new CommanderOption(value === undefined ? way : `${way} ${value}`, summary).helpGroup(heading),
      );
    if ('value' in option) refuseTwice(declared, longName(name));
  }
  help.addTo(declared, command);
  return declared.action(async () => {
    await checkArguments(declared, command);
    await readValues(declared, command);
    await start(command, declared);
  });
}

/** An option has one value: of two, one would be ignored, also where one of them says that there is none. */
function refuseTwice(declared: Commander, name: string): void {
  let given = 0;
  const count = (): void => {
    given += 1;
    if (given > 1) throw new UsageError('EINVAL', `${name} is given twice`, 'give it once');
  };
  const event = name.replace(/^--/, '');
  declared.on(`option:${event}`, count).on(`option:no-${event}`, count);
}

/** Refuses a word that an argument cannot be. @throws UsageError */
async function checkArguments({ args: given }: Commander, { args }: Command): Promise<void> {
  for (const [at, { name, words }] of args.entries()) {
    const word = given[at];
    if (words !== undefined && word !== undefined) await parsed(`the ${name}`, word, () => oneOf(words)(word));
  }
}

/** Parses what was given for this. @throws UsageError with its name. */
async function parsed<T>(what: string, given: string, parse: () => T | Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new UsageError('EINVAL', `${what} cannot be ${given === '' ? 'empty' : given}`, error.hint, { cause: error });
  }
}

/** Turns the texts that were given into values. @throws UsageError with the name of the option. */
async function readValues(declared: Commander, { options }: Command): Promise<void> {
  for (const [name, option] of Object.entries(options)) {
    const given: unknown = declared.getOptionValue(name);
    if (!('parse' in option) || typeof given !== 'string') continue;
    const value =
      given === option.asDefault ? undefined : await parsed(longName(name), given, () => option.parse(given));
    declared.setOptionValue(name, value);
  }
}
