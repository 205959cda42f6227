import { type Host, LinuxError, readBundle } from '@kexeckit/linux';
import { UsageError } from '../error.ts';
import { type Inputs, readContents } from '../options/files.ts';
import { inLine } from '../render/printable.ts';

/** Bytes of a bundle, and some more: the package says what is too large. */
const BUNDLE_MAX = 64 * 2 ** 20;

/** The host that a tar of doctor --collect holds. @throws UsageError for a file that cannot be read, or is none */
export async function hostIn(path: string, io: Inputs): Promise<Host> {
  const bytes = await readContents(path, '--from', io, BUNDLE_MAX);
  try {
    return (await readBundle(bytes, io.signal)).host;
  } catch (cause) {
    if (!(cause instanceof LinuxError) || io.signal?.aborted) throw cause;
    throw new UsageError('EINVAL', `--from ${path}: ${inLine(cause.message)}`, cause.hint, { cause });
  }
}
