import { unsupportedCompression } from './advice.ts';
import { gunzip } from './gzip.ts';
import { unlz4 } from './lz4.ts';
import type { Limits, Undo, Undone } from './undone.ts';
import { unxz } from './xz.ts';
import { unzstd } from './zstd.ts';

/** The compressions that are undone, by all names that kernel files have for them. */
const UNDO: ReadonlyMap<string, Undo> = new Map([
  ['gzip', gunzip],
  ['zstd', unzstd],
  ['zstd22', unzstd],
  ['xz', unxz],
  ['xzkern', unxz],
  ['lz4', unlz4],
]);

/** Whether a compression is undone here. */
export const isUndone = (compression: string): boolean => UNDO.has(compression);

/**
 * Undoes a compression, known by its name.
 *
 * @throws BootImageError `EOPNOTSUPP` for a compression that is not undone here; what is said of data that is not valid
 */
export async function undo(compression: string, bytes: Uint8Array, limits: Limits): Promise<Undone> {
  const known = UNDO.get(compression);
  if (known !== undefined) return known(bytes, limits);
  throw unsupportedCompression(compression, WHY.get(compression) ?? 'it is not known here', limits.byHand ?? []);
}

// Which libraries there are, and what keeps them out.
const WHY = new Map([
  ['bzip2', 'the decoders for browsers do not come to an end on every damaged file'],
  ['lzma', 'the decoders for browsers do not see that a file is cut short'],
  ['lzo', 'there is no decoder for browsers'],
]);
