import { disassemble, type ListedWord } from '@kexeckit/a64';
import type { View } from '../commands/command.ts';
import type { Code } from '../commands/disasm/run.ts';
import type { DisasmJson } from '../json/disasm.ts';
import { hex } from './format.ts';
import { type LongJson, longJson } from './json.ts';
import type { Piece } from './pace.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { paragraph } from './table.ts';

/** Code, as objdump lists it, with labels. */
export const listingView: View<Code> = {
  text: (code, page) => [...listingPieces(code, page)].map(({ text }) => text).join(''),
  pieces: listingPieces,
  json: listingJson,
};

/** As its schema says, `DisasmJson`: there may be millions of words. */
function listingJson({ bytes, base, from }: Code): LongJson {
  const before: Omit<DisasmJson, 'words' | 'totals'> = { base, ...(from && { from }) };
  let [words, notModelled, labels] = [0, 0, 0];
  const total = bytes.length;
  const counted = function* (): Generator<DisasmJson['words'][number], void> {
    for (const { offset: _, word, ...rest } of disassemble(bytes, { base })) {
      words += 1;
      if (!rest.isModelled) notModelled += 1;
      if (rest.label !== undefined) labels += 1;
      yield { ...rest, word: hex(BigInt(word)) };
    }
  };
  return longJson({
    before,
    name: 'words',
    items: counted(),
    stepOf: () => ({ done: 4 * words, total, unit: 'bytes' }),
    after: (): Pick<DisasmJson, 'totals'> => ({ totals: { bytes: total, words, notModelled, labels } }),
  });
}

/** Lines that are given on at once. */
const LINES = 2048;

function* listingPieces({ bytes, base, from }: Code, page: Page): Generator<Piece, void> {
  const total = bytes.length;
  const upTo = (done: number, text: string): Piece => ({ text, step: { done, total, unit: 'bytes' } });
  if (from !== undefined) {
    const how = from.steps.length === 0 ? from.format : `${from.format}: ${from.steps.join('; ')}`;
    yield upTo(0, `${page.color.dim(paragraph(inLine(how), page, '// '))}\n`);
  }
  const end = BigInt.asUintN(64, base + BigInt(bytes.length));
  const digits = Math.max(hex(base).length, hex(end).length) - 2;
  let piece: string[] = [];
  for (const word of disassemble(bytes, { base })) {
    piece.push(...linesOf(word, digits, page));
    if (piece.length < LINES) continue;
    yield upTo(word.offset + 4, `${piece.join('\n')}\n`);
    piece = [];
  }
  const rest = bytes.subarray(bytes.length - (bytes.length % 4));
  if (rest.length > 0) {
    const address = hex(end - BigInt(rest.length))
      .slice(2)
      .padStart(digits);
    piece.push(
      `${address}:            .byte ${[...rest].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')}`,
    );
  }
  if (piece.length > 0) yield upTo(total, `${piece.join('\n')}\n`);
}

function linesOf({ address, word, text, isModelled, label, pair }: ListedWord, digits: number, page: Page): string[] {
  const { color } = page;
  const lead = `${hex(address).slice(2).padStart(digits)}:  ${word.toString(16).padStart(8, '0')}  `;
  const made = pair === undefined ? '' : `  // ${hex(pair)}`;
  const said = `${text}${made}`;
  // All of it is ASCII: most lines need no folding, and there may be millions.
  const shown = lead.length + said.length <= page.width ? `${lead}${said}` : paragraph(said, page, lead);
  return [...(label === undefined ? [] : [color.bold(`${label}:`)]), isModelled ? shown : color.dim(shown)];
}
