import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, known, latin1, type Reading, unknown } from '../reading.ts';

/** Where the running kernel's virtual addresses are. All arithmetic with them is modulo 2^64. */
export interface AddressMap {
  /** Virtual less physical address in the linear map, which has all RAM. */
  readonly linear: bigint;
  /** The same for the kernel's own text and data. */
  readonly image: bigint;
}

const KCORE = '/proc/kcore';
const PT_NOTE = 4;
const EHDR_BYTES = 64;
const PHDR_BYTES = 56;
/** More program headers than a kernel has ranges of memory. */
const PARTS_MAX = 4096;
/** The notes are command line, registers and vmcoreinfo: some 10 KiB. */
const NOTES_MAX = 1 << 20;

/**
 * The running kernel's address map, from the vmcoreinfo that /proc/kcore shows as a note (only root may read it, and only
 * where the kernel is not locked down).
 */
export async function readAddressMap(root: string): Promise<Reading<AddressMap>> {
  let file: FileHandle | undefined;
  try {
    file = await open(join(root, KCORE), constants.O_RDONLY | constants.O_NONBLOCK);
    const notes = await readNotes(file);
    const map = notes && addressMapOf(latin1(notes));
    return map === undefined
      ? unknown(KCORE, 'EINVAL', 'it has no vmcoreinfo with the address map of arm64')
      : known(map);
  } catch (error) {
    return failed(KCORE, error);
  } finally {
    await file?.close();
  }
}

/** The bytes of the first PT_NOTE; undefined for what is no such file. */
async function readNotes(file: FileHandle): Promise<Uint8Array | undefined> {
  const header = viewOf(await readAt(file, 0, EHDR_BYTES));
  if (header.byteLength < EHDR_BYTES || header.getUint32(0, false) !== 0x7f45_4c46) return undefined;
  const parts = Math.min(header.getUint16(56, true), PARTS_MAX);
  const table = viewOf(await readAt(file, Number(header.getBigUint64(32, true)), parts * PHDR_BYTES));
  for (let at = 0; at + PHDR_BYTES <= table.byteLength; at += PHDR_BYTES) {
    if (table.getUint32(at, true) !== PT_NOTE) continue;
    const size = Number(table.getBigUint64(at + 32, true));
    return await readAt(file, Number(table.getBigUint64(at + 8, true)), Math.min(size, NOTES_MAX));
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, size - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Documentation/admin-guide/kdump/vmcoreinfo.rst: PHYS_OFFSET is the physical address of the linear map's begin, and
 * kimage_voffset lies between the image's physical and virtual addresses. The linear map begins at -2^VA_BITS since Linux
 * 5.4; where a kernel for 52 bits runs with 48, PHYS_OFFSET makes up for the difference.
 */
export function addressMapOf(vmcoreinfo: string): AddressMap | undefined {
  const number = (name: string): bigint | undefined => {
    const text = new RegExp(`^NUMBER\\(${name}\\)=(0x[0-9a-f]{1,16}|\\d{1,3})$`, 'm').exec(vmcoreinfo)?.[1];
    return text === undefined ? undefined : BigInt(text);
  };
  const [bits, start, image] = [number('VA_BITS'), number('PHYS_OFFSET'), number('kimage_voffset')];
  if (bits === undefined || start === undefined || image === undefined || bits > 63n) return undefined;
  return { linear: BigInt.asUintN(64, -(1n << bits) - start), image };
}
