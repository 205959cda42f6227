import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, relative, resolve } from 'node:path';
import { commands } from './commands/index.ts';
import { shellWord } from './quoted.ts';
import type { AsCalled } from './render/page.ts';

/** What our texts call this program. */
const NAME = 'kexeckit';

/** What of a process says how it was started. */
export interface Started {
  /** The program that runs: Node, or ours where Node is in it. */
  readonly execPath: string;
  /** The file that it runs, as it was given. */
  readonly script: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The current folder; undefined where it has been removed. */
  readonly cwd: string | undefined;
}

/** What a person who started this program so writes in front of a command of it. */
export function calledAs({ execPath, script, env, cwd }: Started): string {
  if (env.npm_lifecycle_event === 'start' && env.npm_package_name === 'kexeckit-workspace') return 'npm start -s --';
  if (script === undefined) return NAME;
  if (env.npm_command === 'exec' && /[\\/]node_modules[\\/]/.test(script)) return `npx ${NAME}`;
  const file = fileOf(script);
  if (file === undefined || isInPath(file, env.PATH)) return NAME;
  const path = cwd === undefined ? script : shortest(resolve(cwd, script), cwd);
  if (file === fileOf(execPath) || (isExecutable(file) && !/\.[cm]?js$/.test(script)))
    return shellWord(path.includes('/') ? path : `./${path}`);
  // Node itself may stand outside of PATH, but whoever started it knows where.
  return `${shellWord(basename(execPath))} ${shellWord(path)}`;
}

/** Our name at the beginning of a command, which is told from our name in a sentence by the command's name. */
const COMMANDS = new RegExp(`(?<![\\w./@-])${NAME} (?=(?:help|${commands.map(({ name }) => name).join('|')})\\b)`, 'g');

/** Writes the commands of our texts as this person would. @param called what {@link calledAs} says. */
export const asCalled =
  (called: string): AsCalled =>
  (text) =>
    called === NAME ? text : text.replaceAll(COMMANDS, () => `${called} `);

const isInPath = (file: string, path: string = ''): boolean =>
  path.split(delimiter).some((folder) => isAbsolute(folder) && fileOf(join(folder, NAME)) === file);

function fileOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** As people would write it: from this folder where it stands in it. */
function shortest(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}
