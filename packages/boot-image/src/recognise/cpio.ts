import { hasText } from '../bytes.ts';
import { BootImageError } from '../error.ts';

// Documentation/driver-api/early-userspace/buffer-format.rst: fields of 8 hexadecimal digits behind the magic number.
const HEADER_SIZE = 110;
const [MODE_AT, SIZE_AT, NAME_SIZE_AT, SUM_AT] = [14, 54, 94, 102];
const [TYPE_MASK, REGULAR] = [0o170000, 0o100000];
const TRAILER = 'TRAILER!!!\0';
/** What archives begin at, and what pads them. */
export const WORD = 4;

/** The kind of the archive there, of those that Linux unpacks: `crc` has sums of its files. */
export function archiveAt(bytes: Uint8Array, at: number): 'newc' | 'crc' | undefined {
  if (hasText(bytes, at, '070701')) return 'newc';
  return hasText(bytes, at, '070702') ? 'crc' : undefined;
}

/** Archives follow each other at words, with any number of zeros between. */
export function afterZeros(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/**
 * Where an archive ends: headers, each followed by a name and data, both padded to words, up to the trailer.
 *
 * @throws BootImageError `ENODATA` for one that is cut short, `EBADMSG` for a sum that does not fit
 */
export function endOfArchive(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const kind = archiveAt(bytes, at);
    if (kind === undefined) throw cut(bytes, at);
    const dataSize = hexAt(bytes, at + SIZE_AT);
    const data = start + padded(at - start + HEADER_SIZE + hexAt(bytes, at + NAME_SIZE_AT));
    const end = start + padded(data - start + dataSize);
    // The padding of the last file may be missing.
    if (Number.isNaN(end) || data + dataSize > bytes.length || end <= at) throw cut(bytes, at);
    if (hasText(bytes, at + HEADER_SIZE, TRAILER)) return end;
    if (kind === 'crc') checkSum(bytes, at, bytes.subarray(data, data + dataSize));
    at = end;
  }
}

/** The sum of the bytes of a regular file. Of several names for one file, those without the data have none. */
function checkSum(bytes: Uint8Array, at: number, data: Uint8Array): void {
  if (data.length === 0 || (hexAt(bytes, at + MODE_AT) & TYPE_MASK) !== REGULAR) return;
  let sum = 0;
  for (const byte of data) sum = (sum + byte) >>> 0;
  if (sum === hexAt(bytes, at + SUM_AT)) return;
  throw new BootImageError('EBADMSG', 'a file in the cpio archive (crc) does not fit its sum', MAKE_AGAIN, {
    offset: at,
  });
}

const padded = (size: number): number => Math.ceil(size / WORD) * WORD;

function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const digit = Number.parseInt(String.fromCharCode(bytes[at + index] ?? 0), 16);
    value = value * 16 + digit;
  }
  return value;
}

const MAKE_AGAIN = 'make the initramfs again, or copy it again';

function cut(bytes: Uint8Array, at: number): BootImageError {
  const message = 'the cpio archive is cut short, or damaged: it has no trailer';
  return new BootImageError('ENODATA', message, MAKE_AGAIN, { offset: Math.min(at, bytes.length) });
}
