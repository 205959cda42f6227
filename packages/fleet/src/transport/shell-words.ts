import { FleetError } from '../error.ts';

/**
 * A command line for a POSIX shell that runs exactly this program with exactly these arguments: nothing in them is expanded.
 *
 * @throws FleetError `EINVAL` for a word that no program can be given.
 */
export function shellWords(argv: readonly string[]): string {
  return argv.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word.includes('\0'))
    throw new FleetError('EINVAL', 'a word of a command has a character of code 0', 'no program can be given one');
  return `'${word.replaceAll("'", "'\\''")}'`;
}
