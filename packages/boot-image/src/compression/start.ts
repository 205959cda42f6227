import { BootImageError } from '../error.ts';
import { gunzipStart } from './gzip-members.ts';
import { unlz4Start } from './lz4.ts';
import { unxzStart } from './xz.ts';
import { unzstdStart } from './zstd.ts';

/** Gives at most so many bytes, and a few more where that is easier. */
type Start = (bytes: Uint8Array, size: number) => Uint8Array | Promise<Uint8Array>;

const STARTS: ReadonlyMap<string, Start> = new Map<string, Start>([
  ['gzip', gunzipStart],
  ['zstd', unzstdStart],
  ['xz', unxzStart],
  ['lz4 (legacy)', unlz4Start],
]);

/**
 * How compressed data begins, without more than its first block being undone; undefined where it is not undone here.
 *
 * @throws BootImageError `EBADMSG` or `ENODATA` for data that is damaged, or cut short, before that
 */
export async function startOf(compression: string, bytes: Uint8Array, size: number): Promise<Uint8Array | undefined> {
  try {
    return await STARTS.get(compression)?.(bytes, size);
  } catch (error) {
    // A filter that is not known here, or a window that there is no room for.
    if (error instanceof BootImageError && (error.code === 'EOPNOTSUPP' || error.code === 'EFBIG')) return undefined;
    throw error;
  }
}
