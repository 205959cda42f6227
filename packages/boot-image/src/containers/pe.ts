import { asciiAt, hasText, viewOf } from '../bytes.ts';

/** `Machine` of a PE file for arm64 (PE format, "Machine Types"). */
export const PE_MACHINE_ARM64 = 0xaa64;

/** One section of a PE file: its name and where its bytes lie in the file. */
export interface PeSection {
  name: string;
  /** Byte offset in the file. */
  offset: number;
  /** Bytes that count: what the file has for the section, without the padding after its virtual size. */
  size: number;
  /** Offset after the last byte the file must have for the section. */
  end: number;
  /** Where it ends in memory, from where the file's first byte stands there. */
  virtualEnd: number;
}

/** The parts of a PE header that matter for kernels. */
export interface PeFile {
  machine: number;
  sections: PeSection[];
  /** Whether it has a certificate table: a signature for Secure Boot. */
  isSigned: boolean;
}

// PE format, "COFF File Header" and "Section Table"
const PE_OFFSET_AT = 60;
const COFF_SIZE = 20;
const SECTION_SIZE = 40;

/** Where the parts of a PE header begin. */
interface PeHeader {
  /** Offset of the COFF file header. */
  coff: number;
  sections: number;
  /** Offset of the section table, and of what follows it. */
  table: number;
  end: number;
}

/**
 * Reads machine and sections of a PE file; undefined where there is no whole PE header. What the sections say is not
 * checked against the size of the file.
 */
export function readPe(bytes: Uint8Array): PeFile | undefined {
  const header = findHeader(bytes);
  if (header === undefined || header.end > bytes.length) return undefined;
  const { coff, sections: count, table } = header;
  const sections = Array.from({ length: count }, (_, index) => readSection(bytes, table + index * SECTION_SIZE));
  return { machine: viewOf(bytes).getUint16(coff, true), sections, isSigned: hasCertificates(bytes, header) };
}

// PE format, "Optional Header": PE32+, and the size in the fifth of its data directories.
const PE32_PLUS = 0x20b;
const CERTIFICATES_SIZE_AT = 112 + 4 * 8 + 4;

function hasCertificates(bytes: Uint8Array, { coff, table }: PeHeader): boolean {
  const optional = coff + COFF_SIZE;
  if (optional + CERTIFICATES_SIZE_AT + 4 > table) return false;
  const view = viewOf(bytes);
  return view.getUint16(optional, true) === PE32_PLUS && view.getUint32(optional + CERTIFICATES_SIZE_AT, true) > 0;
}

/** How many bytes a file has at least, as its PE header says: headers, and what it has of each section. 0 for one without. */
export function promisedSize(bytes: Uint8Array): number {
  const end = findHeader(bytes)?.end ?? 0;
  return (readPe(bytes)?.sections ?? []).reduce((most, section) => Math.max(most, section.end), end);
}

/** As far as it is there: what is cut off counts as no sections. */
function findHeader(bytes: Uint8Array): PeHeader | undefined {
  if (bytes.length < PE_OFFSET_AT + 4 || !hasText(bytes, 0, 'MZ')) return undefined;
  const view = viewOf(bytes);
  const coff = view.getUint32(PE_OFFSET_AT, true) + 4;
  const after = coff + COFF_SIZE;
  if (after > bytes.length) return coff === 4 ? undefined : { coff, sections: 0, table: after, end: after };
  if (!hasText(bytes, coff - 4, 'PE\0\0')) return undefined;
  const sections = view.getUint16(coff + 2, true);
  const table = after + view.getUint16(coff + 16, true);
  return { coff, sections, table, end: table + sections * SECTION_SIZE };
}

function readSection(bytes: Uint8Array, at: number): PeSection {
  const view = viewOf(bytes);
  const virtualSize = view.getUint32(at + 8, true);
  const rawSize = view.getUint32(at + 16, true);
  const offset = view.getUint32(at + 20, true);
  return {
    name: asciiAt(bytes, at, 8),
    offset,
    size: Math.min(virtualSize, rawSize),
    end: offset + rawSize,
    virtualEnd: view.getUint32(at + 12, true) + virtualSize,
  };
}
