/** What {@link makeBlob} lays out; words of the structure block, so that tests can write broken ones. */
export interface BlobParts {
  struct: (number | string)[];
  strings?: string;
  reservations?: bigint[];
  version?: number;
  lastCompVersion?: number;
}

/** Lays a blob out by hand. A string in `struct` becomes NUL-terminated text padded to a word. */
export function makeBlob({
  struct,
  strings = '',
  reservations = [0n, 0n],
  version = 17,
  lastCompVersion = 16,
}: BlobParts): Uint8Array {
  const structBytes = struct.flatMap((part) => (typeof part === 'string' ? padded(part) : word(part)));
  const structOffset = 40 + reservations.length * 8;
  const stringsOffset = structOffset + structBytes.length;
  const stringBytes = [...new TextEncoder().encode(strings)];
  const header = [
    0xd00dfeed,
    stringsOffset + stringBytes.length,
    structOffset,
    stringsOffset,
    40,
    version,
    lastCompVersion,
    0,
    stringBytes.length,
    structBytes.length,
  ];
  const reservationBytes = reservations.flatMap((half) => [
    ...word(Number(half >> 32n)),
    ...word(Number(half & 0xffffffffn)),
  ]);
  return Uint8Array.from([...header.flatMap(word), ...reservationBytes, ...structBytes, ...stringBytes]);
}

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function padded(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text), 0];
  while (bytes.length % 4 !== 0) bytes.push(0);
  return bytes;
}
