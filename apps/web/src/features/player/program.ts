import { decode, print } from '@kexeckit/a64';
import type { LoadedReboot } from '@kexeckit/reboot';
import { addressOf, PAGE_SIZE, pfnOf, type RoutinePart, routineOf } from '@kexeckit/relocation';
import type { ProgramLine } from './facts.ts';

/** The routine as it is loaded, and the vectors where it leaves by them. */
export function programOf(loaded: LoadedReboot): ProgramLine[] {
  const { stage } = loaded.plan;
  const { words: planned, parts } = routineOf(stage);
  const words = wordsOf(loaded, pfnOf(stage.start)).subarray(0, planned.length);
  const literals = (parts.find(({ name }) => name === 'literals')?.offset ?? 4 * planned.length) / 4;
  const partAt = new Map<number, RoutinePart['name']>(parts.map(({ name, offset }) => [offset / 4, name]));
  const lines: ProgramLine[] = [];
  for (const [at, word] of words.entries()) {
    const address = stage.start + BigInt(4 * at);
    const was = planned[at] ?? 0;
    const isCode = at < literals;
    lines.push({
      ...{ address, word, part: partAt.get(at) },
      text: isCode ? textOf(word) : hex(word),
      before: was === word ? undefined : isCode ? textOf(was) : hex(was),
    });
  }
  return [...lines, ...vectorLines(loaded)];
}

function vectorLines(loaded: LoadedReboot): ProgramLine[] {
  const { vectors } = loaded.plan.stage;
  if (vectors === undefined) return [];
  const words = wordsOf(loaded, pfnOf(vectors));
  const used = [...words.entries()].filter(([, word]) => word !== 0);
  return used.map(([at, word], index) => ({
    address: addressOf(pfnOf(vectors)) + BigInt(4 * at),
    word,
    text: textOf(word),
    part: index === 0 ? 'vectors' : undefined,
    before: undefined,
  }));
}

function wordsOf({ image }: LoadedReboot, pfn: number): Uint32Array {
  const page = image.page(pfn) ?? new Uint8Array(PAGE_SIZE);
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  return Uint32Array.from({ length: PAGE_SIZE / 4 }, (_, at) => view.getUint32(4 * at, true));
}

const hex = (word: number): string => `.word 0x${word.toString(16).padStart(8, '0')}`;

const textOf = (word: number): string => (decode(word) === undefined ? hex(word) : print(word));
