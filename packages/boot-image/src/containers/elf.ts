import { viewOf } from '../bytes.ts';
import { AGAIN } from '../compression/errors.ts';
import { allocate, tooBig } from '../compression/output.ts';
import { BootImageError } from '../error.ts';

// ELF-64 object file format: header and program header.
const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const PT_LOAD = 1;

interface Segment {
  offset: number;
  physical: bigint;
  fileSize: number;
}

/**
 * Lays an ELF vmlinux (64-bit, little-endian, AArch64) out as a flat image: the file contents of its PT_LOAD segments at
 * their physical addresses, counted from the lowest, as `objcopy -O binary` does. Gaps are zero; BSS is left out. Where the
 * file has the segments as memory will have them, as vmlinux does, the result shares the file's memory.
 *
 * @throws BootImageError `ENODATA` if the file ends early, `EINVAL` if headers make no sense, `EFBIG` beyond `maxSize`
 */
export function flattenVmlinux(bytes: Uint8Array, maxSize: number): Uint8Array {
  const segments = loadSegments(bytes);
  const [first] = segments;
  if (first === undefined) {
    throw new BootImageError(
      'EINVAL',
      'the ELF file has no loadable segment',
      'give the vmlinux at the top of the build tree, not an object file or a debug-only file',
    );
  }
  let size = 0;
  for (const { physical, fileSize } of segments) {
    const start = physical - first.physical;
    if (start + BigInt(fileSize) > BigInt(maxSize)) throw tooBig(maxSize);
    if (start < BigInt(size)) throw invalid(`two segments overlap at 0x${physical.toString(16)}`, physical);
    size = Number(start) + fileSize;
  }
  const inPlace = imageInPlace(bytes, segments, size);
  if (inPlace !== undefined) return inPlace;
  const image = allocate(size);
  for (const { offset, physical, fileSize } of segments) {
    image.set(bytes.subarray(offset, offset + fileSize), Number(physical - first.physical));
  }
  return image;
}

/** The part of the file that is the image already: every segment is as far from the first as in memory, zeros are between. */
function imageInPlace(bytes: Uint8Array, segments: readonly Segment[], size: number): Uint8Array | undefined {
  const [first] = segments;
  if (first === undefined || first.offset + size > bytes.length) return undefined;
  let end = first.offset;
  for (const { offset, physical, fileSize } of segments) {
    if (BigInt(offset - first.offset) !== physical - first.physical) return undefined;
    for (; end < offset; end++) if (bytes[end] !== 0) return undefined;
    end = offset + fileSize;
  }
  return bytes.subarray(first.offset, end);
}

function loadSegments(bytes: Uint8Array): Segment[] {
  need(bytes, BigInt(EHDR_SIZE));
  const view = viewOf(bytes);
  const phoff = view.getBigUint64(32, true);
  const phentsize = view.getUint16(54, true);
  const phnum = view.getUint16(56, true);
  if (phnum > 0 && phentsize < PHDR_SIZE) throw invalid(`program headers of ${phentsize} bytes`, phentsize);
  need(bytes, phoff + BigInt(phnum * phentsize));
  const segments: Segment[] = [];
  for (let index = 0; index < phnum; index++) {
    const at = Number(phoff) + index * phentsize;
    const fileSize = view.getBigUint64(at + 32, true);
    if (view.getUint32(at, true) !== PT_LOAD || fileSize === 0n) continue;
    const offset = view.getBigUint64(at + 8, true);
    need(bytes, offset + fileSize);
    segments.push({ offset: Number(offset), physical: view.getBigUint64(at + 24, true), fileSize: Number(fileSize) });
  }
  return segments.sort((a, b) => (a.physical < b.physical ? -1 : a.physical > b.physical ? 1 : 0));
}

function need(bytes: Uint8Array, size: bigint): void {
  if (BigInt(bytes.length) < size) {
    throw new BootImageError('ENODATA', `the ELF file has ${bytes.length} bytes and refers to byte ${size}`, AGAIN, {
      offset: bytes.length,
    });
  }
}

function invalid(message: string, value: unknown): BootImageError {
  return new BootImageError('EINVAL', message, 'build or copy the ELF file again: it is damaged', { value });
}
