import { encodeImageHeader } from '@kexeckit/boot-image';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { RebootError } from './error.ts';
import { phases } from './phases.ts';

/** A kernel and an initramfs, as files. */
export interface Workload {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array;
}

const MIB = 2 ** 20;

/**
 * The workload of the July 2019 cover letter: an Image of 13 MiB and an initramfs of 24 MiB, filled with noise that is
 * the same every time. The initramfs is an archive with one file; the Image has a true header and nothing to run: it is for machines that stop at the jump.
 */
export function coverLetterWorkload(): Workload {
  return generateWorkload(13 * MIB, 24 * MIB, 2019);
}

/**
 * Generates a workload of any size, in bytes.
 *
 * @throws RebootError `EINVAL` in phase `inputs` for sizes that files do not have.
 */
export function generateWorkload(kernelBytes: number, initrdBytes: number, seed: number): Workload {
  // The header, and one instruction that it leads to.
  checkSize('kernel', kernelBytes, 68);
  checkSize('initramfs', initrdBytes, 0);
  const kernel = noise(kernelBytes, seed);
  kernel.set(encodeImageHeader({ imageSize: BigInt(kernelBytes) }));
  return { kernel, initrd: archive(initrdBytes, seed + 1) };
}

const ENTRY_BYTES = 116;
const TRAILER_BYTES = 124;

/** A cpio archive of so many bytes with noise in one file, as Linux unpacks it; noise alone where there is no room for one. */
function archive(bytes: number, seed: number): Uint8Array {
  const result = noise(bytes, seed);
  const size = Math.floor((bytes - ENTRY_BYTES - TRAILER_BYTES) / 4) * 4;
  if (size < 0) return result;
  const text = new TextEncoder();
  result.set(text.encode(`${entry(0o100644, size, 6)}noise\0`));
  result.fill(0, ENTRY_BYTES + size);
  result.set(text.encode(`${entry(0, 0, 11)}TRAILER!!!\0`), ENTRY_BYTES + size);
  return result;
}

/** The header of an entry (Documentation/driver-api/early-userspace/buffer-format.rst): its magic, and 13 numbers. */
function entry(mode: number, size: number, nameSize: number): string {
  const numbers = [0, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, nameSize, 0];
  return `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
}

/** The largest that is generated. */
const MOST = 2 ** 31;

function checkSize(what: string, bytes: number, least: number): void {
  if (Number.isInteger(bytes) && bytes >= least && bytes <= MOST) return;
  throw new RebootError('EINVAL', `a ${what} of ${bytes} bytes`, `give ${least} to ${MOST} bytes`, {
    phase: phases.inputs,
  });
}

function noise(bytes: number, seed: number): Uint8Array {
  const random = xoroshiro128plus(seed);
  const words = new Int32Array(Math.ceil(bytes / 4));
  for (let at = 0; at < words.length; at++) words[at] = random.next();
  return new Uint8Array(words.buffer, 0, bytes);
}
