import { decode } from '@kexeckit/a64';
import { IMAGE_HEADER_SIZE, type ImageHeader, promisedSize } from '@kexeckit/boot-image';
import { hex } from '../page.ts';

/** What is wrong with the file of an Image, wherever it stands: the kernel in it would not run. */
export function faultsOfImage(image: Uint8Array, { code0, code1, flagsValue }: ImageHeader): string[] {
  const faults: string[] = [];
  const promised = promisedSize(image);
  if (image.length < promised) faults.push(`it is cut short: ${image.length} bytes, and its PE header has ${promised}`);
  const reserved = flagsValue & ~KNOWN_FLAGS;
  if (reserved !== 0n) faults.push(`its header sets flags that are reserved: ${hex(reserved)}`);
  const target = targetOf(code0, 0) ?? (isPassed(code0) ? targetOf(code1, 4) : undefined);
  if (target === undefined) faults.push('its first two instructions do not lead over its header');
  else if (target < IMAGE_HEADER_SIZE || target + 4 > image.length)
    faults.push(
      `its first instructions lead to byte ${target}, and it has code from ${IMAGE_HEADER_SIZE} to ${image.length}`,
    );
  return faults;
}

/** Bits 0 to 3 of the flags (booting.rst). */
const KNOWN_FLAGS = 0xfn;

/** Where the unconditional branch at a byte of the Image goes to; undefined for another instruction. */
function targetOf(word: number, at: number): number | undefined {
  const decoded = decode(word);
  return decoded?.id === 'b' ? at + Number(decoded.operands[0]) : undefined;
}

const NOP = 0xd503201f;

/**
 * Whether an instruction does nothing that matters before the branch: data processing, as the one that also reads `MZ`, by
 * bits 28 to 25, or NOP.
 */
function isPassed(word: number): boolean {
  const group = (word >>> 25) & 0xf;
  return word === NOP || (group & 0b1110) === 0b1000 || (group & 0b0111) === 0b0101;
}
