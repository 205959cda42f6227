import { FdtError } from './error.ts';
import { FDT_LAST_COMP_VERSION, FDT_MAGIC, FDT_VERSION, HEADER_SIZE, HEADER_SIZE_V16 } from './format.ts';

/** Where the blocks lie, as byte offsets from the start of the blob; an end is the offset after the last byte. */
export interface Header {
  structOffset: number;
  structEnd: number;
  stringsOffset: number;
  stringsEnd: number;
  reservationsOffset: number;
  totalSize: number;
  bootCpuidPhys: number;
}

/** Hint for a blob whose parts contradict each other. */
export const DAMAGED =
  'the blob is damaged or was not written by a device tree tool; make it again, for example with dtc';

const TRUNCATED = 'read the whole file: it must be at least as long as its header says';

/**
 * Reads and checks the header (Devicetree Specification 5.2): afterwards every block starts and ends inside the bytes.
 *
 * @throws FdtError `EBADMSG`, `EOPNOTSUPP`, `ENODATA`, `ERANGE` or `EINVAL`
 */
export function parseHeader(view: DataView): Header {
  if (view.byteLength < 4) {
    throw new FdtError('ENODATA', `${view.byteLength} bytes cannot hold a device tree`, TRUNCATED, { offset: 0 });
  }
  const magic = view.getUint32(0);
  if (magic !== FDT_MAGIC) {
    throw new FdtError(
      'EBADMSG',
      `not a device tree: the first word is 0x${magic.toString(16)}, not 0xd00dfeed`,
      'give a compiled blob (.dtb); compile DTS text with dtc first',
      { offset: 0, value: magic },
    );
  }
  needHeader(view, HEADER_SIZE_V16);
  const totalSize = view.getUint32(4);
  const version = view.getUint32(20);
  const lastCompVersion = view.getUint32(24);
  if (version < FDT_LAST_COMP_VERSION || lastCompVersion > FDT_VERSION) {
    throw new FdtError(
      'EOPNOTSUPP',
      `device tree version ${version} (compatible with ${lastCompVersion})`,
      `versions ${FDT_LAST_COMP_VERSION} and ${FDT_VERSION} can be read; convert with dtc -I dtb -O dtb`,
      { offset: 20, value: version },
    );
  }
  const headerSize = version >= FDT_VERSION ? HEADER_SIZE : HEADER_SIZE_V16;
  needHeader(view, headerSize);
  if (totalSize > view.byteLength) {
    throw new FdtError('ENODATA', `the header says ${totalSize} bytes, ${view.byteLength} are here`, TRUNCATED, {
      offset: 4,
      value: totalSize,
    });
  }
  const structOffset = blockOffset(view, 8, 'structure', 4, headerSize, totalSize);
  const stringsOffset = blockOffset(view, 12, 'strings', 1, headerSize, totalSize);
  const reservationsOffset = blockOffset(view, 16, 'memory reservation', 8, headerSize, totalSize);
  const stringsEnd = blockEnd(view, 32, 'strings', stringsOffset, totalSize);
  // Version 16 does not say how long the structure block is: FDT_END ends it.
  const structEnd = version >= FDT_VERSION ? blockEnd(view, 36, 'structure', structOffset, totalSize) : totalSize;
  return {
    structOffset,
    structEnd,
    stringsOffset,
    stringsEnd,
    reservationsOffset,
    totalSize,
    bootCpuidPhys: view.getUint32(28),
  };
}

function needHeader(view: DataView, size: number): void {
  if (view.byteLength < size) {
    throw new FdtError('ENODATA', `${view.byteLength} bytes cannot hold the ${size} bytes of the header`, TRUNCATED, {
      offset: view.byteLength,
    });
  }
}

function blockOffset(
  view: DataView,
  field: number,
  name: string,
  align: number,
  headerSize: number,
  totalSize: number,
): number {
  const offset = view.getUint32(field);
  if (offset < headerSize || offset > totalSize) {
    throw new FdtError('ERANGE', `the ${name} block at 0x${offset.toString(16)} lies outside the blob`, DAMAGED, {
      offset: field,
      value: offset,
    });
  }
  if (offset % align !== 0) {
    throw new FdtError(
      'EINVAL',
      `the ${name} block at 0x${offset.toString(16)} is not ${align}-byte aligned`,
      DAMAGED,
      { offset: field, value: offset },
    );
  }
  return offset;
}

function blockEnd(view: DataView, field: number, name: string, offset: number, totalSize: number): number {
  const size = view.getUint32(field);
  if (offset + size > totalSize) {
    throw new FdtError('ERANGE', `the ${name} block is ${size} bytes long and runs past the end of the blob`, DAMAGED, {
      offset: field,
      value: size,
    });
  }
  return offset + size;
}
