import { FdtError } from '../error.ts';
import { FDT_END, FDT_LAST_COMP_VERSION, FDT_MAGIC, FDT_VERSION, HEADER_SIZE, RESERVATION_SIZE } from '../format.ts';
import { DAMAGED, type Header, parseHeader } from '../header.ts';
import { endOfStructure } from './walk.ts';

const LARGEST = 0xffffffff;

/**
 * A blob's blocks in memory of their own with room behind them: header, reservations, structure, strings. Bytes are put in
 * and taken out by moving what stands behind.
 */
export class BlobMemory {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  structAt: number;
  structEnd: number;
  /** The strings begin where the structure ends. */
  stringsEnd: number;
  bootCpuidPhys: number;

  /** @throws FdtError as parseHeader, and `ERANGE` for a reservation or structure block without an end */
  constructor(blob: Uint8Array) {
    const from = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    const header = parseHeader(from);
    const reservations = sizeOfReservations(from, header);
    const struct = sizeOfStructure(from, header);
    this.structAt = HEADER_SIZE + reservations;
    this.structEnd = this.structAt + struct;
    this.stringsEnd = this.structEnd + (header.stringsEnd - header.stringsOffset);
    this.bytes = new Uint8Array(withRoom(this.stringsEnd));
    this.view = new DataView(this.bytes.buffer);
    this.bootCpuidPhys = header.bootCpuidPhys;
    const { reservationsOffset, structOffset, stringsOffset, stringsEnd } = header;
    this.bytes.set(blob.subarray(reservationsOffset, reservationsOffset + reservations), HEADER_SIZE);
    this.bytes.set(blob.subarray(structOffset, structOffset + struct), this.structAt);
    this.bytes.set(blob.subarray(stringsOffset, stringsEnd), this.structEnd);
  }

  /** Makes `added` bytes at `at`, zeros, out of `removed` that were there. Who calls moves the ends of blocks. */
  splice(at: number, removed: number, added: number): void {
    const size = this.stringsEnd + added - removed;
    if (size > this.bytes.length) this.#grow(size);
    this.bytes.copyWithin(at + added, at + removed, this.stringsEnd);
    this.bytes.fill(0, at, at + added);
  }

  /** The same in the structure block. */
  spliceStructure(at: number, removed: number, added: number): void {
    this.splice(at, removed, added);
    this.structEnd += added - removed;
    this.stringsEnd += added - removed;
  }

  /** A copy of the blob, with a header and so many zeros behind it. */
  pack(padding: number): Uint8Array<ArrayBuffer> {
    if (!Number.isSafeInteger(padding) || padding < 0) {
      throw new FdtError('ERANGE', `a padding of ${padding} bytes`, 'give a whole number, 0 or more', {
        value: padding,
      });
    }
    const size = this.stringsEnd + padding;
    if (size > LARGEST) throw tooLarge(size);
    const packed = new Uint8Array(size);
    packed.set(this.bytes.subarray(0, this.stringsEnd));
    const view = new DataView(packed.buffer);
    [
      FDT_MAGIC,
      size,
      this.structAt,
      this.structEnd,
      HEADER_SIZE,
      FDT_VERSION,
      FDT_LAST_COMP_VERSION,
      this.bootCpuidPhys,
      this.stringsEnd - this.structEnd,
      this.structEnd - this.structAt,
    ].forEach((word, index) => {
      view.setUint32(index * 4, word);
    });
    return packed;
  }

  #grow(size: number): void {
    if (size > LARGEST) throw tooLarge(size);
    const bytes = new Uint8Array(withRoom(size));
    bytes.set(this.bytes.subarray(0, this.stringsEnd));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

const withRoom = (size: number): number => size + 4096 + (size >>> 3);

function tooLarge(size: number): FdtError {
  return new FdtError(
    'ERANGE',
    `the device tree needs ${size} bytes`,
    'make it smaller: a blob holds less than 4 GiB',
    {
      value: size,
    },
  );
}

/** Its size with the entry of zeros that ends it. */
function sizeOfReservations(view: DataView, { reservationsOffset, totalSize }: Header): number {
  for (let at = reservationsOffset; at + RESERVATION_SIZE <= totalSize; at += RESERVATION_SIZE) {
    const isEnd = view.getBigUint64(at) === 0n && view.getBigUint64(at + 8) === 0n;
    if (isEnd) return at + RESERVATION_SIZE - reservationsOffset;
  }
  throw new FdtError('ERANGE', 'the memory reservation block has no end entry of zeros', DAMAGED, {
    offset: reservationsOffset,
  });
}

/** Version 16 does not say it: FDT_END does. Nor does a size count that leaves bytes behind FDT_END. */
function sizeOfStructure(view: DataView, { structOffset, structEnd }: Header): number {
  const size = structEnd - structOffset;
  if (size >= 4 && size % 4 === 0 && view.getUint32(structEnd - 4) === FDT_END && structEnd !== view.getUint32(4)) {
    return size;
  }
  return endOfStructure({ view, structAt: structOffset, structEnd }) - structOffset;
}
