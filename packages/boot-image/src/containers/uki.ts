import { copyOf } from '../bytes.ts';
import { cutting } from '../compression/advice.ts';
import { AGAIN } from '../compression/errors.ts';
import { BootImageError } from '../error.ts';
import type { BootParts, Context, Layer } from './layer.ts';
import { PE_MACHINE_ARM64, type PeFile, type PeSection, readPe } from './pe.ts';
import { treePart } from './trees.ts';

/**
 * Takes the `.linux` section out of a unified kernel image, and offers what stands beside it, with what the first profile has
 * in its place. Undefined for another EFI program, or another machine's.
 *
 * @throws BootImageError `ENODATA` if the file ends before a section does
 */
export function unpackUki(bytes: Uint8Array, { byHand }: Context): Layer | undefined {
  const pe = readPe(bytes);
  if (pe?.machine !== PE_MACHINE_ARM64) return undefined;
  const sections = sectionsOf(pe.sections);
  const linux = sections.get('.linux');
  if (linux === undefined) return undefined;
  const steps = [`took ${linux.size} bytes from the .linux section of a unified kernel image`];
  const profiles = countOf(pe, '.profile');
  if (profiles > 1) steps.push(`took the first of its ${profiles} profiles`);
  const trees = countOf(pe, '.dtbauto');
  if (trees > 0)
    steps.push(`left out ${trees} device trees (.dtbauto), of which it takes the machine's own where it is started`);
  if (pe.isSigned) steps.push('left its signature unchecked');
  const dtb = sections.get('.dtb');
  const tree = dtb && treePart(contentOf(bytes, dtb), 'in its .dtb section');
  steps.push(...(tree?.steps ?? []));
  return {
    bytes: contentOf(bytes, linux),
    steps,
    byHand: [...byHand, ...cutting(linux.offset, linux.size)],
    parts: { ...partsOf(bytes, sections), ...tree?.parts },
  };
}

/** Profiles come behind what they share, each begun by a section of its own; the first one counts where none is asked for. */
function sectionsOf(all: readonly PeSection[]): Map<string, PeSection> {
  const found = new Map<string, PeSection>();
  let profile = 0;
  let own = new Set<string>();
  for (const section of all) {
    if (section.name === '.profile') [profile, own] = [profile + 1, new Set()];
    if (profile > 1) break;
    if (!own.has(section.name)) found.set(section.name, section);
    own.add(section.name);
  }
  return found;
}

const countOf = ({ sections }: PeFile, name: string): number =>
  sections.filter((section) => section.name === name).length;

function partsOf(bytes: Uint8Array, sections: ReadonlyMap<string, PeSection>): BootParts {
  const content = (name: string): Uint8Array | undefined => {
    const section = sections.get(name);
    return section && contentOf(bytes, section);
  };
  const text = (name: string): string | undefined => {
    const bytesOfText = content(name);
    return bytesOfText && textOf(bytesOfText);
  };
  const initrd = content('.initrd');
  const cmdline = text('.cmdline');
  const release = text('.uname');
  return {
    ...(initrd && { initrd }),
    ...(cmdline !== undefined && { cmdline }),
    ...(release !== undefined && { release }),
  };
}

/** Text up to a NUL, without the end of its line. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(copyOf(end === -1 ? bytes : bytes.subarray(0, end))).trim();
}

function contentOf(bytes: Uint8Array, { name, offset, size, end }: PeSection): Uint8Array {
  if (end <= bytes.length) return bytes.subarray(offset, offset + size);
  const message = `the file has ${bytes.length} bytes, its ${name} section ends at ${end}`;
  throw new BootImageError('ENODATA', message, AGAIN, { offset: bytes.length });
}
