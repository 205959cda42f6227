import { type Decoded, decode, encode } from '@kexeckit/a64';
import { walk } from '@kexeckit/arm64-pgtable';
import type { LoadedReboot } from '@kexeckit/reboot';
import { copiesOf, PAGE_SIZE, pfnOf, routineOf } from '@kexeckit/relocation';
import { readEntries } from './entries.ts';
import type { SabotageName } from './sabotages.ts';

/** Changes loaded bytes. */
type Deed = () => void;

/** What a sabotage would do to a loaded reboot; undefined where there is nothing for it. Nothing is changed before it is called. */
export function deedOf(name: SabotageName, loaded: LoadedReboot): Deed | undefined {
  switch (name) {
    case 'clean':
      return blank(loaded, ({ id, operands }) => id === 'sys' && /^dc c(iva|va)c$/.test(String(operands[0])));
    case 'tlbi':
      return blank(loaded, ({ id, operands }) => id.startsWith('sys') && String(operands[0]).startsWith('tlbi'));
    case 'ic':
      return blank(loaded, ({ id, operands }) => id.startsWith('sys') && operands[0] === 'ic iallu');
    case 'dsb':
      return blank(loaded, ({ id }) => id === 'dsb');
    case 'isb':
      return blank(loaded, ({ id }) => id === 'isb');
    case 'descriptor':
      return invalidate(loaded);
    case 'list':
      return misdirect(loaded);
    case 'bit':
      return flip(loaded);
  }
}

/** NOP for every such instruction of the routine. */
function blank(loaded: LoadedReboot, isMeant: (decoded: Decoded) => boolean): Deed | undefined {
  const { stage } = loaded.plan;
  const { words, parts } = routineOf(stage);
  const end = (parts.find(({ name }) => name === 'literals')?.offset ?? 4 * words.length) / 4;
  const places = [...words.subarray(0, end).entries()].flatMap(([at, word]) => {
    const decoded = decode(word);
    return decoded !== undefined && isMeant(decoded) ? [at] : [];
  });
  if (places.length === 0) return undefined;
  return () => {
    const view = viewOf(loaded, pfnOf(stage.start));
    for (const at of places) view.setUint32(4 * at, encode('nop'), true);
  };
}

/** A destination half way down the list, and where it comes from. */
function middleCopy({ plan: { stage } }: LoadedReboot): { source: number; destination: number } | undefined {
  const copies = copiesOf(stage);
  let left = Math.floor(copies.pages / 2);
  for (const { source, destination, pages } of copies) {
    if (left < pages) return { source: source + left, destination: destination + left };
    left -= pages;
  }
  return undefined;
}

const VALID = 1n;

function invalidate(loaded: LoadedReboot): Deed | undefined {
  const { translation } = loaded.plan.stage;
  const copy = middleCopy(loaded);
  if (translation === undefined || copy === undefined) return undefined;
  const descriptor = (table: number, index: number): { low: number; high: number } | undefined => {
    const page = loaded.image.page(table);
    if (page === undefined) return undefined;
    const view = new DataView(page.buffer, page.byteOffset, page.length);
    return { low: view.getUint32(8 * index, true), high: view.getUint32(8 * index + 4, true) };
  };
  const { space, registers } = translation;
  const leaf = walk(space, pfnOf(registers.ttbr), { descriptor }, copy.destination).steps.at(-1);
  if (leaf === undefined) return undefined;
  return () => {
    const view = viewOf(loaded, leaf.table);
    view.setBigUint64(8 * leaf.index, view.getBigUint64(8 * leaf.index, true) & ~VALID, true);
  };
}

/** The destination in the middle of the list is the page behind it. */
function misdirect(loaded: LoadedReboot): Deed | undefined {
  const { addresses, words } = readEntries(loaded);
  const found = [...words.keys()].filter((at) => ((words[at] ?? 0n) & 0xfn) === DESTINATION);
  const address = addresses[found[Math.floor(found.length / 2)] ?? -1];
  if (address === undefined) return undefined;
  return () => {
    const view = viewOf(loaded, pfnOf(address));
    const offset = Number(address % BigInt(PAGE_SIZE));
    view.setBigUint64(offset, view.getBigUint64(offset, true) + BigInt(PAGE_SIZE), true);
  };
}

const DESTINATION = 1n;

/** One bit of a page that is copied, or of one that stands where it must. */
function flip(loaded: LoadedReboot): Deed | undefined {
  const { segments } = loaded.plan.stage.placement;
  const standing = segments.find(({ placement, memsz }) => placement !== 'copied' && memsz > 0n);
  const pfn = middleCopy(loaded)?.source ?? (standing && pfnOf(standing.mem));
  if (pfn === undefined) return undefined;
  return () => {
    const view = viewOf(loaded, pfn);
    view.setUint8(PAGE_SIZE / 2, view.getUint8(PAGE_SIZE / 2) ^ 1);
  };
}

function viewOf({ image }: LoadedReboot, pfn: number): DataView {
  const page = image.writable(pfn);
  return new DataView(page.buffer, page.byteOffset, page.length);
}
