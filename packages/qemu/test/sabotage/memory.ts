import { walk } from '@kexeckit/arm64-pgtable';
import type { LoadedReboot } from '@kexeckit/reboot';
import { IND_DESTINATION, IND_DONE, IND_INDIRECTION, IND_SOURCE, pfnOf } from '@kexeckit/relocation';
import { type Choose, pick, some } from './choose.ts';
import { controlPages, inPlacePages, pageCopies, stageOf } from './stage.ts';

/** Bytes in a page. */
export const PAGE = 0x1000n;
/** The output address of a descriptor (Arm ARM D8.3). */
export const OUTPUT = 0xffff_ffff_f000n;

/** The kinds of entry words. */
export const DESTINATION_ENTRY = BigInt(IND_DESTINATION);
export const INDIRECTION = BigInt(IND_INDIRECTION);
export const DONE = BigInt(IND_DONE);
export const SOURCE = BigInt(IND_SOURCE);

/** The bytes of a loaded page. */
export function bytesOf({ image }: LoadedReboot, pfn: number): Uint8Array {
  return some(image.writable(pfn), `page 0x${pfn.toString(16)}`);
}

/** The same as 1024 words. */
export const wordsOf = (victim: LoadedReboot, pfn: number): Uint32Array =>
  new Uint32Array(bytesOf(victim, pfn).buffer, bytesOf(victim, pfn).byteOffset, 1024);

/** The same as 512 words of 64 bits. */
export const quadsOf = (victim: LoadedReboot, pfn: number): BigUint64Array =>
  new BigUint64Array(bytesOf(victim, pfn).buffer, bytesOf(victim, pfn).byteOffset, 512);

/** A loaded page that holds a segment's content: a source, or a page in place. */
export function contentPage(victim: LoadedReboot, choose: Choose): Uint8Array {
  const sources = pageCopies(victim).map(({ source }) => source);
  return bytesOf(victim, pick([...sources, ...inPlacePages(victim)], choose));
}

/** Flips a bit of a page. */
export function flip(page: Uint8Array, choose: Choose): void {
  const at = choose(page.length);
  page[at] = (page[at] ?? 0) ^ (1 << choose(8));
}

/** One descriptor of the loaded tables, to be changed in place. */
export interface Descriptor {
  get(): bigint;
  set(value: bigint): void;
}

/** The descriptors that a walk for a page reads, the leaf last. */
export function descriptorsOf(victim: LoadedReboot, pfn: number): Descriptor[] {
  const { space, registers } = some(stageOf(victim).translation, 'tables');
  const descriptor = (table: number, index: number): { low: number; high: number } | undefined => {
    const page = victim.image.page(table);
    const words = page && new Uint32Array(page.buffer, page.byteOffset, 1024);
    return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  };
  return walk(space, pfnOf(registers.ttbr), { descriptor }, pfn).steps.map(({ table, index }) => ({
    get: () => quadsOf(victim, table)[index] ?? 0n,
    set: (value) => {
      quadsOf(victim, table)[index] = value;
    },
  }));
}

/** The descriptor that maps a page. */
export function leafOf(victim: LoadedReboot, pfn: number): Descriptor {
  return some(descriptorsOf(victim, pfn).at(-1), 'mapping');
}

/** The bits of an entry word that say what it is; those of a source word above them count the pages that follow. */
const KIND = 0xfn;

/** The words of the entry list, each to be changed in place, by their flags. */
export function entriesOf(victim: LoadedReboot, flag: bigint): Descriptor[] {
  const found: Descriptor[] = [];
  for (const pfn of controlPages(victim, 'entry list')) {
    const quads = quadsOf(victim, pfn);
    for (const [index, word] of quads.entries()) {
      if ((word & KIND) !== flag) continue;
      found.push({
        get: () => quads[index] ?? 0n,
        set: (value) => {
          quads[index] = value;
        },
      });
    }
  }
  return found;
}
