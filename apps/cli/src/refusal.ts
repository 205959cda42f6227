import type { CommanderError } from 'commander';
import type { Command, Family } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { UsageError } from './error.ts';
import { longName } from './options/option.ts';

/** A refusal of commander's as one of ours: one line, with what might be meant, and where more is said. */
export function refusalOf({ code, message }: CommanderError, args: readonly string[]): UsageError {
  const [what = ''] = message.replace(/^error: /, '').split('\n');
  const meant = /^\(D(id you mean .*\?)\)$/m.exec(message)?.[1];
  const hint =
    code === 'commander.unknownCommand' ? listOf(args) : `${ownersOf(what)}${helpOf(args)} shows every option`;
  return new UsageError('EINVAL', what.replace(/\.$/, ''), meant === undefined ? hint : `d${meant} ${hint}`);
}

const listOf = (args: readonly string[]): string => {
  const family = familyOf(args[0] === 'help' ? args[1] : args[0]);
  return family === undefined
    ? 'kexeckit help lists all commands'
    : `kexeckit help ${family.name} lists what it has: ${family.verbs.map(({ name }) => name).join(', ')}`;
};

const familyOf = (name: string | undefined): Family | undefined =>
  commands.find((command): command is Family => 'verbs' in command && command.name === name);

/** The help of the command that is called there. */
function helpOf([first, second]: readonly string[]): string {
  const verb = familyOf(first)?.verbs.find(({ name }) => name === second);
  if (verb !== undefined) return `kexeckit help ${first} ${second}`;
  return commands.some(({ name }) => name === first) ? `kexeckit help ${first}` : 'kexeckit help COMMAND';
}

/** No more than so many are named. */
const NAMED = 3;

/** Which commands have an option that this one has not. */
function ownersOf(what: string): string {
  const option = /^unknown option '(--[a-z-]+)/.exec(what)?.[1];
  if (option === undefined) return '';
  const has = ({ options }: Command): boolean => Object.keys(options).some((name) => longName(name) === option);
  const names = commands.flatMap((command) =>
    'verbs' in command
      ? command.verbs.filter(has).map(({ name }) => `${command.name} ${name}`)
      : [command].filter(has).map(({ name }) => name),
  );
  if (names.length === 0 || names.length > NAMED) return '';
  return `it is an option of kexeckit ${names.join(', ')}; `;
}
