import { AGAIN } from './advice.ts';
import { BootImageError } from './error.ts';
import { parseImageHeader } from './header.ts';
import { readPe } from './pe.ts';

/**
 * Checks that an Image is all there, as far as it can tell: image_size counts BSS, which no file has, but the PE header of
 * kernels with an EFI stub says what the file must hold. Bytes beyond image_size, such as padding of a partition, are cut off.
 *
 * @throws BootImageError `ENODATA` if the PE header promises more than there is
 */
export function wholeImage(bytes: Uint8Array): { bytes: Uint8Array; steps: string[] } {
  const { imageSize } = parseImageHeader(bytes);
  const end = Math.max(0, ...(readPe(bytes)?.sections ?? []).map((section) => section.end));
  if (end > bytes.length) {
    throw new BootImageError('ENODATA', `the Image has ${bytes.length} bytes, its PE sections end at ${end}`, AGAIN, {
      offset: bytes.length,
    });
  }
  if (BigInt(bytes.length) <= imageSize) return { bytes, steps: [] };
  const surplus = BigInt(bytes.length) - imageSize;
  return {
    bytes: bytes.subarray(0, Number(imageSize)),
    steps: [`left out ${surplus} bytes after the end of the Image`],
  };
}
