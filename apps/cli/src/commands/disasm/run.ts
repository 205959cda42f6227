import { type BootImageFormat, recognise, unpack } from '@kexeckit/boot-image';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readContents } from '../../options/files.ts';
import { inLine } from '../../render/printable.ts';
import { paced } from '../../render/status-line.ts';
import type { Request } from '../command.ts';
import type { DisasmValues } from './values.ts';

/** Code that is listed. */
export interface Code {
  readonly bytes: Uint8Array;
  /** Address of its first byte. */
  readonly base: bigint;
  /** What a kernel file was, and what was done to get at the kernel; undefined for raw bytes and words. */
  readonly from: { readonly format: BootImageFormat; readonly steps: readonly string[] } | undefined;
}

/** Files that are unpacked: what begins so is no code by itself. */
const KERNELS: ReadonlySet<BootImageFormat> = new Set([
  ...(['Image', 'Image.gz', 'zboot', 'vmlinux', 'PE', 'uImage', 'fit', 'android-boot', 'zstd', 'xz', 'lz4'] as const),
]);

/** The code that is asked for. @throws UsageError; BootImageError for a kernel file that cannot be unpacked */
export async function readCode({ args, options }: Request<DisasmValues>, { io }: Context): Promise<Code> {
  const { base = 0n, offset = 0, length } = options;
  if (base % 4n !== 0n || offset % 4 !== 0)
    throw new UsageError(
      'EINVAL',
      `${base % 4n === 0n ? '--offset' : '--base'} is no multiple of 4`,
      'instructions are aligned',
    );
  const { bytes, from } = options.words
    ? { bytes: wordsOf(args, options), from: undefined }
    : await codeOf(args, options, io);
  if (offset >= bytes.length)
    throw new UsageError(
      'EINVAL',
      `--offset ${offset} is beyond the end: there are ${bytes.length} bytes`,
      'give less',
    );
  const asked = bytes.subarray(offset, length === undefined ? undefined : offset + length);
  const start = BigInt.asUintN(64, base + BigInt(offset));
  return { bytes: asked, base: start, from };
}

async function codeOf(
  args: readonly string[],
  { raw }: DisasmValues,
  io: Context['io'],
): Promise<Pick<Code, 'bytes' | 'from'>> {
  const [path = '', more] = args;
  if (more !== undefined) throw new UsageError('EINVAL', 'there are several files', 'give one, or --words with words');
  const file = await readContents(path, 'the file', io);
  if (raw || !KERNELS.has(recognise(file).format)) return { bytes: file, from: undefined };
  const { image, format, steps } = await paced(io, `unpacking ${inLine(path)}`, (pace) => unpack(file, pace));
  return { bytes: image, from: { format, steps } };
}

/** Words as people write them, as numbers are: the most significant digit first. */
function wordsOf(args: readonly string[], { raw }: DisasmValues): Uint8Array {
  if (raw) throw new UsageError('EINVAL', '--raw with --words', 'leave it out: words are no file');
  const words = args.flatMap((arg) => arg.split(/[\s,]+/)).filter((word) => word !== '');
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) {
    if (!/^(0x)?[0-9a-f]{1,8}$/i.test(word))
      throw new UsageError('EINVAL', `${word} is no word`, 'give up to 8 hexadecimal digits: d65f03c0');
    view.setUint32(index * 4, Number.parseInt(word, 16), true);
  }
  if (bytes.length === 0) throw new UsageError('EINVAL', 'there are no words', 'give some: d65f03c0');
  return bytes;
}
