import { type Fdt, FdtError, parseDts, parseFdt } from '@kexeckit/fdt';
import { UsageError } from '../../error.ts';
import { type Inputs, readContents } from '../../options/files.ts';

/** Bytes of a device tree, or of its source, at most. */
const TREE_MAX = 2 ** 24;
const MAGIC = [0xd0, 0x0d, 0xfe, 0xed];

/** How the command line calls a file of these commands. */
const WHAT = 'the device tree';

/** A tree as it was read. */
export interface TreeFile {
  readonly fdt: Fdt;
  /** Bytes of the file. */
  readonly bytes: number;
}

/** A file of a device tree, as it is. @throws UsageError */
export const readTreeBytes = (path: string, io: Inputs): Promise<Uint8Array> => readContents(path, WHAT, io, TREE_MAX);

/** A device tree, of a blob or of its source text. @throws UsageError for a file that cannot be read, or is none */
export async function readTree(path: string, io: Inputs): Promise<TreeFile> {
  const bytes = await readTreeBytes(path, io);
  return { fdt: treeOf(bytes, path), bytes: bytes.length };
}

/** The same of what was read. @throws UsageError */
export function treeOf(bytes: Uint8Array, path: string): Fdt {
  return named(path, () => {
    if (MAGIC.every((byte, at) => bytes[at] === byte)) return parseFdt(bytes, { layout: true });
    const source = sourceOf(bytes);
    return source === undefined ? parseFdt(bytes) : parseDts(source, { name: path });
  });
}

/** A source begins with letters; undefined for anything else. */
function sourceOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('/dts-v1/') ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Work on a file, whose name errors tell. @throws UsageError */
export function named<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof FdtError)) throw cause;
    throw new UsageError('EINVAL', `${WHAT} ${path}: ${cause.message}`, cause.hint, { cause });
  }
}
