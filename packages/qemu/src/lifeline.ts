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

/** The descriptor of a pipe from this process, which the command is started with. It ends when this process ends. */
export const LIFELINE_FD = 5;

/**
 * Becomes the command, if the parent is still there: it may have ended before the kernel was told to watch it. A watcher
 * in the background waits for the end of the lifeline, and then kills the whole process group.
 */
const GUARD = `
[ "$PPID" = "$0" ] || exit 1
(read -r nothing <&${LIFELINE_FD}; kill -s KILL 0) >/dev/null 2>&1 3>&- 4>&- 6>&- 7>&- &
exec "$@" ${LIFELINE_FD}<&-`;

/**
 * The same command, ended when this process ends, however it ends. It must be started as the leader of a process group
 * with {@link LIFELINE_FD} open. What it starts ends with it, unless it leaves the group.
 *
 * Where util-linux's setpriv is, the kernel ends the command too (PR_SET_PDEATHSIG, prctl(2)), even if the watcher is gone.
 */
export function underOurLife(command: readonly [string, ...string[]]): [string, ...string[]] {
  const guarded: [string, ...string[]] = ['/bin/sh', '-c', GUARD, String(process.pid), ...command];
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? guarded : [setpriv, '--pdeathsig', 'KILL', '--', ...guarded];
}
