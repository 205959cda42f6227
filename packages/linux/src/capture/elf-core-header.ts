/** Physical memory that a dump holds, or that a note stands in. */
export interface CorePart {
  /** Physical address of its first byte. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: bigint;
}

/** A part of memory in the dump. */
export interface CoreLoad extends CorePart {
  /** Where the crashed kernel had it. */
  readonly virtual: bigint;
}

/** What an ELF core header tells of. */
export interface CoreContents {
  /** Where each CPU writes its registers when the kernel panics, and where vmcoreinfo stands. */
  readonly notes: readonly CorePart[];
  readonly loads: readonly CoreLoad[];
}

// System V ABI, "Object Files" and "Program Header", with the sizes of ELFCLASS64.
const EHDR_BYTES = 64;
const PHDR_BYTES = 56;
const IDENT = [0x7f, 0x45, 0x4c, 0x46, /* ELFCLASS64 */ 2, /* ELFDATA2LSB */ 1, /* EV_CURRENT */ 1];
const ET_CORE = 4;
/** ELF for the Arm 64-bit Architecture. */
const EM_AARCH64 = 183;
const EV_CURRENT = 1;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PF_RWX = 7;

/** Bytes of a header with so many program headers. */
export const coreHeaderSize = (parts: number): number => EHDR_BYTES + parts * PHDR_BYTES;

/**
 * The header that a capture kernel makes /proc/vmcore of (Documentation/admin-guide/kdump/kdump.rst): in place of an offset in
 * a file each program header has the physical address of what it tells of. Notes come first.
 */
export function elfCoreHeader({ notes, loads }: CoreContents): Uint8Array {
  const parts = notes.length + loads.length;
  const bytes = new Uint8Array(coreHeaderSize(parts));
  const view = new DataView(bytes.buffer);
  bytes.set(IDENT);
  view.setUint16(16, ET_CORE, true);
  view.setUint16(18, EM_AARCH64, true);
  view.setUint32(20, EV_CURRENT, true);
  view.setBigUint64(32, BigInt(EHDR_BYTES), true); // e_phoff
  view.setUint16(52, EHDR_BYTES, true); // e_ehsize
  view.setUint16(54, PHDR_BYTES, true); // e_phentsize
  view.setUint16(56, parts, true); // e_phnum
  let at = EHDR_BYTES;
  for (const note of notes) at = putPart(view, at, { type: PT_NOTE, flags: 0, virtual: 0n, ...note });
  for (const load of loads) at = putPart(view, at, { type: PT_LOAD, flags: PF_RWX, ...load });
  return bytes;
}

/** @returns where the next one goes. */
function putPart(
  view: DataView,
  at: number,
  { type, flags, virtual, address, size }: CoreLoad & { readonly type: number; readonly flags: number },
): number {
  view.setUint32(at, type, true);
  view.setUint32(at + 4, flags, true);
  const words = [/* p_offset */ address, /* p_vaddr */ virtual, /* p_paddr */ address, /* p_filesz */ size, size];
  for (const [index, word] of words.entries()) view.setBigUint64(at + 8 + 8 * index, word, true);
  return at + PHDR_BYTES; // p_align stays 0
}
