import { type Examined, type ExaminedKernel, examine } from '@kexeckit/boot-image';
import type { Context } from '../../context.ts';
import { CliError, UsageError } from '../../error.ts';
import { checkDestination, type Destination, type Written, writeTo } from '../../options/destination.ts';
import { readContents } from '../../options/files.ts';
import { shellWord } from '../../quoted.ts';
import { inLine } from '../../render/printable.ts';
import { paced } from '../../render/status-line.ts';
import type { Request } from '../command.ts';
import type { ImageValues, PartName } from './values.ts';

/** A file, and what it was found to be. */
export interface LookedAt {
  readonly file: string;
  readonly found: Examined;
}

/** What was asked of files, or taken out of one. */
export interface Looks {
  readonly files: readonly LookedAt[];
  /** What was taken out. */
  readonly output: Uint8Array | undefined;
  /** Where it was written; undefined where it goes to standard output. */
  readonly written: Written | undefined;
}

/** Looks at files, one after the other. @throws UsageError, CliError, BootImageError where nothing can be taken out. */
export async function look({ args, options }: Request<ImageValues>, { io }: Context): Promise<Looks> {
  const destination = destinationOf(args, options);
  if (destination !== undefined) await checkDestination(destination, options, io);
  const files: LookedAt[] = [];
  for (const file of args) {
    io.signal?.throwIfAborted();
    const { configuration } = options;
    const bytes = await readContents(file, 'the file', io);
    const found = await paced(io, `unpacking ${inLine(file)}`, (pace) =>
      examine(bytes, { ...pace, ...(configuration !== undefined && { configuration }) }),
    );
    // Of many kernels only what is said of them is kept.
    files.push({ file, found: destination === undefined ? withoutImage(found) : found });
  }
  const [first] = files;
  if (destination === undefined || first === undefined) return { files, output: undefined, written: undefined };
  const output = takenOut(first, options.extract);
  return { files, output, written: await writeTo(destination, output) };
}

const NOTHING = new Uint8Array();

function withoutImage(found: Examined): Examined {
  if (found.kind !== 'kernel') return found;
  const { image, ...kernel } = found.kernel;
  return { ...found, kernel: { ...kernel, image: NOTHING } };
}

function destinationOf(args: readonly string[], options: ImageValues): Destination | undefined {
  const { unpack, extract, output } = options;
  if (output !== undefined && extract === undefined)
    throw new UsageError('EINVAL', '--output stands without --extract', 'give both; --unpack names its file itself');
  if (unpack !== undefined && extract !== undefined)
    throw new UsageError('EINVAL', '--unpack with --extract', 'give one of the two');
  if (unpack === undefined && extract === undefined) return undefined;
  if (args.length > 1)
    throw new UsageError('EINVAL', `${unpack === undefined ? '--extract' : '--unpack'} with several files`, 'give one');
  return unpack === undefined
    ? { path: output ?? '-', what: '--output', inputs: args }
    : { path: unpack, what: '--unpack', inputs: args };
}

/** What is asked for of a kernel file. */
function takenOut({ file, found }: LookedAt, part: PartName | undefined): Uint8Array {
  if (found.kind === 'none') throw found.problem;
  if (found.kind !== 'kernel')
    throw new CliError(
      'EINVAL',
      `${file} is no kernel: ${found.kind === 'initramfs' ? found.initramfs.detail : found.detail}`,
      'give the kernel file',
    );
  if (part === undefined) return found.kernel.image;
  const bytes = partOf(found.kernel, part);
  if (bytes !== undefined) return bytes;
  throw new CliError('ENOENT', `${file} has no ${part}`, `kexeckit image ${shellWord(file)} says what it has`);
}

function partOf({ parts }: ExaminedKernel, part: PartName): Uint8Array | undefined {
  const bytes = parts[part];
  return typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
}
