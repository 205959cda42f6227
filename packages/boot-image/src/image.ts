import { AGAIN } from './advice.ts';
import { BootImageError } from './error.ts';
import { parseImageHeader } from './header.ts';
import { promisedSize } from './pe.ts';

/**
 * Checks that an Image is all there, as far as it can tell: image_size counts BSS, which no file has, but kernels with an EFI
 * stub promise a size in their PE header. Bytes beyond image_size, such as padding of a partition, are cut off.
 *
 * @throws BootImageError `ENODATA` if the PE header promises more than there is
 */
export function wholeImage(bytes: Uint8Array): { bytes: Uint8Array; steps: string[] } {
  const { imageSize } = parseImageHeader(bytes);
  const end = promisedSize(bytes);
  if (end > bytes.length) {
    throw new BootImageError('ENODATA', `the Image has ${bytes.length} bytes, its PE header promises ${end}`, AGAIN, {
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
