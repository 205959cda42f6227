import { readFileSync } from 'node:fs';
import { Argument, Command as Commander, Option as CommanderOption } from 'commander';
import type { Command, Declaration, HelpList } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { InvalidValue, UsageError } from './error.ts';
import type { Io } from './io.ts';
import { longName, type Option } from './options/option.ts';

/** Runs a command whose values have been read. */
export type Start = (command: Command, parsed: Commander) => Promise<void>;

/** The command line as commander knows it: every command with its options and its help. */
export function makeProgram(io: Io, start: Start): Commander {
  const program = new Commander('kexeckit')
    .description('Plan, prove and perform arm64 kexec reboots, and see them.')
    .version(`kexeckit ${versionOf(new URL('../package.json', import.meta.url))}`, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(kexeckit help COMMAND shows every option)');
  for (const command of commands) {
    program.addCommand(declare(command, start).copyInheritedSettings(program));
    if (command.formerly === undefined) continue;
    const former = declare({ ...command, name: command.formerly }, start);
    program.addCommand(former.copyInheritedSettings(program), { hidden: true });
  }
  return program;
}

/** The version in a package.json. */
function versionOf(manifest: URL): string {
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
  return String(version);
}

function declare(command: Command, start: Start): Commander {
  const declared = new Commander(command.name).summary(command.summary).description(sentence(command.summary));
  for (const { name, summary, isOptional, isMany } of command.args) {
    const shown = isMany ? `${name}...` : name;
    declared.addArgument(new Argument(isOptional ? `[${shown}]` : `<${shown}>`, summary));
  }
  for (const [name, option] of Object.entries(command.options)) {
    declared.addOption(toOption(name, option, command));
    if (!('value' in option)) continue;
    if (option.orNone !== undefined) declared.addOption(toNone(name, option.orNone, option.heading));
    refuseTwice(declared, longName(name));
  }
  for (const list of command.lists ?? []) declared.addHelpText('after', listText(list));
  const examples = command.examples.map(({ line, does }) => [line, does] as const);
  return declared.addHelpText('after', listText({ heading: 'Examples:', rows: examples })).action(async () => {
    await readValues(declared, command);
    await start(command, declared);
  });
}

const sentence = (summary: string): string =>
  `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}${/[.?]$/.test(summary) ? '' : '.'}`;

function toOption(name: string, option: Option, { defaultOf }: Declaration): CommanderOption {
  const byDefault = defaultOf?.(name);
  const summary = byDefault === undefined ? option.summary : `${option.summary} (${byDefault})`;
  const flags = 'value' in option ? `${longName(name)} ${option.value}` : longName(name, option);
  return new CommanderOption(flags, summary).helpGroup(option.heading);
}

/** The same option, where there is to be none. */
const toNone = (name: string, summary: string, heading: string): CommanderOption =>
  new CommanderOption(longName(name).replace(/^--/, '--no-'), summary).helpGroup(heading);

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

function listText({ heading, rows }: HelpList): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return `\n${heading}\n${rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}`;
}

/** Turns the texts that were given into values. @throws UsageError with the name of the option. */
async function readValues(declared: Commander, { options }: Command): Promise<void> {
  for (const [name, option] of Object.entries(options)) {
    const given: unknown = declared.getOptionValue(name);
    if (!('parse' in option) || typeof given !== 'string') continue;
    try {
      declared.setOptionValue(name, given === option.asDefault ? undefined : await option.parse(given));
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      throw new UsageError('EINVAL', `${longName(name)} cannot be ${given}`, error.hint, { cause: error });
    }
  }
}
