import type { LoadedReboot } from '@kexeckit/reboot';
import { addressOf, PAGE_SIZE, pfnOf } from '@kexeckit/relocation';
import type { EntryTable } from './facts.ts';

/** What an entry word is; bits 3 to 0 (include/linux/kexec.h). */
const KIND = 0xfn;
const INDIRECTION = 2n;
const DONE = 4n;

/** The entry list as it is loaded, from its head to the word that ends it; empty where nothing is copied. */
export function readEntries({ plan: { stage }, image }: LoadedReboot): EntryTable {
  const words: bigint[] = [];
  const addresses: bigint[] = [];
  if (stage.kind !== 'relocation') return { words: new BigUint64Array(), addresses: new BigUint64Array() };
  const most = stage.controlPages.filter(({ owner }) => owner === 'entry list').length * (PAGE_SIZE / 8);
  let address = stage.head & ~KIND;
  while (words.length < most) {
    const page = image.page(pfnOf(address));
    if (page === undefined) break;
    const word = new DataView(page.buffer, page.byteOffset).getBigUint64(Number(address % BigInt(PAGE_SIZE)), true);
    words.push(word);
    addresses.push(address);
    if ((word & KIND) === DONE) break;
    address = (word & KIND) === INDIRECTION ? addressOf(pfnOf(word)) : address + 8n;
  }
  return { words: BigUint64Array.from(words), addresses: BigUint64Array.from(addresses) };
}
