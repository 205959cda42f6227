import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where a program is: a path as it is, a name looked for in PATH; `undefined` where there is none.
 */
export function findProgram(name: string): string | undefined {
  const places = name.includes('/')
    ? [name]
    : (process.env.PATH ?? '').split(delimiter).map((path) => join(path, name));
  return places.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs the command only while the parent is still there: it may have ended before the kernel was told to watch it. */
const IF_PARENT_LIVES = '[ "$PPID" = "$0" ] && exec "$@"';

/**
 * The same command, ended by the kernel when this process ends, however it ends (PR_SET_PDEATHSIG, prctl(2)). Where
 * util-linux's setpriv is missing, the command as it is.
 */
export function underOurLife(command: readonly [string, ...string[]]): [string, ...string[]] {
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined) return [...command];
  const guard = ['--pdeathsig', 'KILL', '--', '/bin/sh', '-c', IF_PARENT_LIVES, String(process.pid)];
  return [setpriv, ...guard, ...command];
}
