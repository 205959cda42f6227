import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entry.ts';
import { GuestError } from './error.ts';

/** The command as its own build bundles it: one file with everything that it imports. */
const SCRIPT: string = join(import.meta.dirname, '../../../apps/cli/dist/bundle/kexeckit.cjs');

/**
 * The built command, to run with Node and nothing else: `/bin/kexeckit`.
 *
 * @throws GuestError `ENOENT` where the command is not built
 */
export function bundledCommand(): Entry {
  if (!existsSync(SCRIPT))
    throw new GuestError('ENOENT', `there is no ${SCRIPT}`, 'build the workspace: npm run build');
  return { kind: 'copy', path: 'bin/kexeckit', from: SCRIPT, mode: 0o755 };
}

/**
 * A script for `node --require` that comes between the command and the system calls that it makes: the text of a JavaScript
 * function that takes koffi's own `view`, and the call with its number and its arguments, and returns what the call returns.
 */
export const betweenSystemCalls = (meddle: string): string => `
const meddle = ${meddle};
const { dlopen } = process;
process.dlopen = (module, ...file) => {
  dlopen(module, ...file);
  const koffi = module.exports;
  const { load, view } = koffi;
  koffi.load = (...library) => ({
    func: (...signature) => {
      const call = load(...library).func(...signature);
      return (number, ...args) => meddle(view, call, number, args);
    },
  });
};
`;
