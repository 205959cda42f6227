import { BootImageError } from '../error.ts';

// How to undo each compression by hand. zboot calls xz "xzkern", and zstd with all its might "zstd22".
const COMMANDS = new Map([
  ['gzip', 'gzip -dc'],
  ['zstd', 'zstd -dc'],
  ['zstd22', 'zstd -dc'],
  ['xz', 'xz -dc'],
  ['xzkern', 'xz -dc'],
  ['bzip2', 'bzip2 -dc'],
  ['lzma', 'xz --format=lzma -dc'],
  ['lz4', 'lz4 -dc'],
  ['lzo', 'lzop -dc'],
]);

/** What to run to get at something in a file: each program reads what the one before it writes; the first reads `FILE`. */
export type ByHand = readonly string[];

/** The programs that cut bytes out of a file. */
export const cutting = (offset: number, size: number): ByHand => [`tail -c +${offset + 1}`, `head -c ${size}`];

/** The program that undoes a compression; none for one that is not known. */
export function undoing(compression: string): ByHand {
  const command = COMMANDS.get(compression);
  return command === undefined ? [] : [command];
}

/** The line of shell that takes something out of `FILE`. */
export function lineOf(byHand: ByHand, result: string): string {
  const [first = 'cat', ...rest] = byHand;
  return `${[`${first} FILE`, ...rest].join(' | ')} > ${result}`;
}

/** The error for a compression that is not undone here, with the command that does it; `byHand` leads to the compressed data. */
export function unsupportedCompression(compression: string, detail: string, byHand: ByHand): BootImageError {
  const command = undoing(compression);
  const here = 'gzip, zstd, xz and lz4 are undone here';
  const hint = command.length === 0 ? here : `unpack it yourself: ${lineOf([...byHand, ...command], 'Image')}`;
  const message = `cannot undo ${compression || 'unnamed'} compression: ${detail}`;
  return new BootImageError('EOPNOTSUPP', message, hint, { value: compression });
}
