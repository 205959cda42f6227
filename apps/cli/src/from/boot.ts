import { BootImageError, recogniseInitramfs, unpack } from '@kexeckit/boot-image';
import { ARM64_CMDLINE_MAX, toByteString, tokenize } from '@kexeckit/cmdline';
import { cpio, type Entry } from '@kexeckit/cpio';
import type { Boot } from '@kexeckit/qemu';
import { UsageError } from '../error.ts';
import { qemu } from '../machines/qemu.ts';
import { type Inputs, readContents, readFiles } from '../options/files.ts';
import { longName } from '../options/option.ts';
import { FOLDER, INIT, initScript } from './init.ts';
import type { FromValues } from './values.ts';
import { NEXT, wordsOf } from './words.ts';

/**
 * What QEMU boots as the old kernel: its initramfs is the root that was given, and before it what is ours, with the next kernel.
 *
 * @throws UsageError for files that cannot be read, and a command line that cannot be; BootImageError for what is no kernel, or no
 * initramfs.
 */
export async function bootOf(values: FromValues, io: Inputs): Promise<Boot> {
  const { from = '', fromRoot = '', fromAppend = '' } = values;
  const cmdline = cmdlineWith(fromAppend);
  const kernel = await named(longName('from'), from, io, async (bytes) => (await unpack(bytes)).image);
  const root = await named(longName('fromRoot'), fromRoot, io, async (bytes) => {
    await recogniseInitramfs(bytes);
    return bytes;
  });
  const files = await readFiles(values, qemu, io);
  const { parts } = await unpack(files.kernel);
  const words = wordsOf(values, values.append ?? (parts.cmdline === undefined ? qemu.cmdline : undefined));
  const entry = (path: string, content: Uint8Array | undefined): Entry[] =>
    content === undefined ? [] : [{ kind: 'file', path: path.slice(1), content }];
  const ours = cpio([
    { kind: 'file', path: `${FOLDER}/init`, content: initScript(words), mode: 0o755 },
    ...entry(NEXT.kernel, files.kernel),
    ...entry(NEXT.initrd, files.initrd),
    ...entry(NEXT.dtb, files.dtb),
  ]);
  // Ours comes first: behind a root that is damaged nothing would be unpacked, and nobody could say so.
  return { kernel, initrd: [ours, root], cmdline };
}

/** The old kernel's command line. @throws UsageError where it would start another init, or is too long */
function cmdlineWith(fromAppend: string): string {
  const what = longName('fromAppend');
  if (tokenize(toByteString(fromAppend)).tokens.some(({ param }) => param === 'rdinit'))
    throw new UsageError('EINVAL', `${what} with rdinit=`, 'leave it out: the old kernel starts what runs kexeckit');
  const line = `${qemu.cmdline} panic=-1 rdinit=${INIT} ${fromAppend}`.trim();
  const { length } = toByteString(line);
  if (length <= ARM64_CMDLINE_MAX) return line;
  throw new UsageError(
    'EINVAL',
    `${what} is too long: the command line has ${length} bytes with it`,
    `kernels keep ${ARM64_CMDLINE_MAX}`,
  );
}

/** A file of the old kernel's. @throws BootImageError that says which one it is about */
async function named(
  option: string,
  path: string,
  io: Inputs,
  use: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const bytes = await readContents(path, option, io);
  try {
    return await use(bytes);
  } catch (error) {
    if (!(error instanceof BootImageError)) throw error;
    const { code, message, hint } = error;
    throw new BootImageError(code, `${option} ${path}: ${message}`, hint, { cause: error });
  }
}
