import { AGAIN } from '../compression/errors.ts';
import { type PeSection, promisedSize, readPe } from '../containers/pe.ts';
import { BootImageError } from '../error.ts';
import { type ImageHeader, isOldImage, parseImageHeader } from './header.ts';

/**
 * Checks that an Image is what its header says, and all there as far as it can tell: image_size counts BSS, which no file
 * has, but kernels with an EFI stub promise a size in their PE header. Bytes beyond image_size, such as padding of a
 * partition, are cut off.
 *
 * @throws BootImageError `EINVAL` where header, PE header and file contradict each other, `ENODATA` if the PE header
 *   promises more than there is
 */
export function wholeImage(bytes: Uint8Array): { bytes: Uint8Array; steps: string[] } {
  const header = parseImageHeader(bytes);
  const { imageSize } = header;
  checkSections(bytes, header);
  const end = promisedSize(bytes);
  if (end > bytes.length) {
    throw new BootImageError('ENODATA', `the Image has ${bytes.length} bytes, its PE header promises ${end}`, AGAIN, {
      offset: bytes.length,
    });
  }
  if (BigInt(bytes.length) <= imageSize) return { bytes, steps: [] };
  if (isOldImage(bytes)) throw oldAndLarge(bytes.length, imageSize);
  const surplus = BigInt(bytes.length) - imageSize;
  return {
    bytes: bytes.subarray(0, Number(imageSize)),
    steps: [`left out ${surplus} bytes after the end of the Image`],
  };
}

/** The sections of the EFI stub are those of the kernel itself: none reaches beyond it, in the file or in memory. */
function checkSections(bytes: Uint8Array, { imageSize }: ImageHeader): void {
  if (isOldImage(bytes)) return;
  const endOf = ({ end, virtualEnd }: PeSection): number => Math.max(end, virtualEnd);
  const beyond = readPe(bytes)?.sections.find((section) => BigInt(endOf(section)) > imageSize);
  if (beyond === undefined) return;
  throw new BootImageError(
    'EINVAL',
    `the header contradicts itself: image_size is ${imageSize}, the PE section ${beyond.name} ends at ${endOf(beyond)}`,
    AGAIN,
    { offset: 16, value: imageSize },
  );
}

function oldAndLarge(size: number, most: bigint): BootImageError {
  return new BootImageError(
    'EINVAL',
    `image_size is 0, which kernels before Linux 3.17 have, and the file has ${size} bytes; those fit ${most}`,
    `give the file as the kernel's build made it: what is larger has an image_size`,
    { offset: 16, value: 0n },
  );
}
