import { AGAIN } from '../compression/errors.ts';
import { type PeSection, promisedSize, readPe } from '../containers/pe.ts';
import { BootImageError } from '../error.ts';
import { IMAGE_HEADER_SIZE, type ImageHeader, isOldImage, parseImageHeader } from './header.ts';

/**
 * Checks that an Image is what its header says, and all there as far as it can tell: image_size counts BSS, which no file
 * has, but kernels with an EFI stub promise a size in their PE header. Bytes beyond image_size, such as padding of a
 * partition, are cut off.
 *
 * @throws BootImageError `EINVAL` where header, PE header and file contradict each other, `ENODATA` if the PE header
 *   promises more than there is, or the first instruction is not there
 */
export function wholeImage(bytes: Uint8Array): { bytes: Uint8Array; steps: string[] } {
  const header = parseImageHeader(bytes);
  const { imageSize } = header;
  checkSections(bytes, header);
  checkEntry(bytes, header);
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
  throw contradicts(imageSize, `the PE section ${beyond.name} ends at ${endOf(beyond)}`);
}

/** The header begins with a jump to the kernel's first instruction, which is a part of the image, and of the file. */
function checkEntry(bytes: Uint8Array, header: ImageHeader): void {
  const { imageSize } = header;
  if (imageSize < BigInt(IMAGE_HEADER_SIZE))
    throw contradicts(imageSize, `the header alone has ${IMAGE_HEADER_SIZE} bytes`);
  const entry = entryOf(header);
  if (entry === undefined) return;
  if (entry < IMAGE_HEADER_SIZE || BigInt(entry) >= imageSize)
    throw contradicts(imageSize, `the header jumps to byte ${entry}`);
  if (entry < bytes.length) return;
  throw new BootImageError(
    'ENODATA',
    `the Image has ${bytes.length} bytes, and its header jumps to byte ${entry}`,
    AGAIN,
    {
      offset: bytes.length,
    },
  );
}

/** Where the header jumps to: by its first instruction, or its second where the first one is `MZ`. */
function entryOf({ code0, code1 }: ImageHeader): number | undefined {
  const at = [code0, code1].findIndex((code) => code >>> 26 === BRANCH);
  const code = [code0, code1][at];
  // 26 bits of words, with a sign.
  return code === undefined ? undefined : at * 4 + ((code << 6) >> 4);
}

/** The upper bits of `b`. */
const BRANCH = 0b000101;

function contradicts(imageSize: bigint, what: string): BootImageError {
  const message = `the header contradicts itself: image_size is ${imageSize}, ${what}`;
  return new BootImageError('EINVAL', message, AGAIN, { offset: 16, value: imageSize });
}

function oldAndLarge(size: number, most: bigint): BootImageError {
  return new BootImageError(
    'EINVAL',
    `image_size is 0, which kernels before Linux 3.17 have, and the file has ${size} bytes; those fit ${most}`,
    `give the file as the kernel's build made it: what is larger has an image_size`,
    { offset: 16, value: 0n },
  );
}
