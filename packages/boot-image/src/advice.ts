import { BootImageError } from './error.ts';

// How to undo each compression by hand. zboot calls xz "xzkern", and its lz4 is the legacy frame.
const COMMANDS = new Map([
  ['xz', 'xz -dc'],
  ['xzkern', 'xz -dc'],
  ['bzip2', 'bzip2 -dc'],
  ['lzma', 'xz --format=lzma -dc'],
  ['lz4', 'lz4 -dc'],
  ['lzo', 'lzop -dc'],
]);

/** What helps against files that are damaged or cut short. */
export const AGAIN = 'copy or download the file again';

/** Where compressed data lies in a file. */
export interface Place {
  offset: number;
  size: number;
}

/** The error for a compression that is not undone here, with the command that does it. */
export function unsupportedCompression(compression: string, detail: string, place?: Place): BootImageError {
  const command = COMMANDS.get(compression);
  const cut = place === undefined ? '' : `tail -c +${place.offset + 1} FILE | head -c ${place.size} | `;
  const byHand =
    command === undefined ? '' : `unpack it yourself: ${cut}${command}${cut === '' ? ' FILE' : ''} > Image; `;
  return new BootImageError(
    'EOPNOTSUPP',
    `cannot undo ${compression || 'unnamed'} compression: ${detail}`,
    `${byHand}gzip and zstd are undone here`,
    { value: compression },
  );
}

/** The error for a file that no arm64 kernel can be got from. `steps` is what was unpacked before that was seen. */
export function notKernel(detail: string, steps: readonly string[]): BootImageError {
  const where = steps.length === 0 ? '' : ` (${steps.join(', ')})`;
  return new BootImageError(
    'ENOEXEC',
    `no arm64 kernel${where}: ${detail}`,
    'give an arm64 Image, Image.gz, EFI zboot vmlinuz, unified kernel image or ELF vmlinux',
    { value: detail },
  );
}
