import { cutting } from '../compression/advice.ts';
import { AGAIN } from '../compression/errors.ts';
import { BootImageError } from '../error.ts';
import type { BootParts, Context, Layer } from './layer.ts';
import { PE_MACHINE_ARM64, type PeSection, readPe } from './pe.ts';

/**
 * Takes the `.linux` section out of a unified kernel image, and offers what stands beside it. Undefined for another EFI
 * program, or another machine's.
 *
 * @throws BootImageError `ENODATA` if the file ends before a section does
 */
export function unpackUki(bytes: Uint8Array, { byHand }: Context): Layer | undefined {
  const pe = readPe(bytes);
  const linux = pe?.sections.find(({ name }) => name === '.linux');
  if (linux === undefined || pe?.machine !== PE_MACHINE_ARM64) return undefined;
  return {
    bytes: contentOf(bytes, linux),
    steps: [`took ${linux.size} bytes from the .linux section of a unified kernel image`],
    byHand: [...byHand, ...cutting(linux.offset, linux.size)],
    parts: partsOf(bytes, pe.sections),
  };
}

function partsOf(bytes: Uint8Array, sections: readonly PeSection[]): BootParts {
  const contents = (name: string): Uint8Array[] =>
    sections.filter((section) => section.name === name).map((section) => contentOf(bytes, section));
  const text = (name: string): string | undefined => {
    const [content] = contents(name);
    return content && textOf(content);
  };
  const [initrd] = contents('.initrd');
  const [dtb] = contents('.dtb');
  const cmdline = text('.cmdline');
  const release = text('.uname');
  return {
    ...(initrd && { initrd }),
    ...(cmdline !== undefined && { cmdline }),
    ...(dtb && { dtb }),
    ...(release !== undefined && { release }),
  };
}

/** Text up to a NUL, without the end of its line. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end)).trim();
}

function contentOf(bytes: Uint8Array, { name, offset, size, end }: PeSection): Uint8Array {
  if (end <= bytes.length) return bytes.subarray(offset, offset + size);
  const message = `the file has ${bytes.length} bytes, its ${name} section ends at ${end}`;
  throw new BootImageError('ENODATA', message, AGAIN, { offset: bytes.length });
}
