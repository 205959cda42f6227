import { Assembler, decode, decodeNumbers, encodeRow, print, sp, x0, x1, x2, x3, x30, xzr } from '@kexeckit/a64';
import type { Benchmark } from '@kexeckit/bench';
import { Capstone, Const, loadCapstone } from 'capstone-wasm';

await loadCapstone();

/** A function as compilers write them, over and over: frame, loop, bit fields, calls, system registers. */
function codeOf(instructions: number): Uint32Array {
  const a = new Assembler();
  for (let turn = 0; turn < instructions / 24; turn++) {
    const again = `again ${turn}`;
    a.emit('stp.pre', 29, x30, sp, -32)
      .emit('add.imm', 29, sp, 0)
      .emit('adrp', x1, 0x1000 * turn);
    a.emit('ldr', x2, x1, 8 * (turn % 512))
      .emit('movz', x3, turn % 65536, 16)
      .emit('orr', x0, xzr, x2);
    a.label(again).emit('ldp.post', x2, x3, x1, 16).emit('stp.post', x2, x3, x0, 16).emit('ubfm', x2, x3, 3, 17);
    a.emit('and.imm', x2, x2, 0xffff_ffff_ffff_f000n).emit('subs.imm', x3, x3, 64).emit('b.cond', 'ne', again);
    a.emit('ldr.reg.w', x2, x1, x3, 'uxtw', 2).emit('csinc', x0, x1, x2, 'hi').emit('madd', x2, x2, x3, x1);
    a.emit('mrs', x0, 'sctlr_el1').emit('msr', 'sctlr_el1', x0).emit('isb').emit('sys', 'dc civac', x0);
    a.emit('dsb', 'sy').emit('bl', -64).emit('cbz', x0, 64).emit('ldp.post', 29, x30, sp, 32).emit('ret');
  }
  return a.words().slice(0, instructions);
}

const WORDS = codeOf(2400);

function capstoneText(): () => void {
  const capstone = new Capstone(Const.CS_ARCH_ARM64, Const.CS_MODE_LITTLE_ENDIAN);
  const bytes = new Uint8Array(WORDS.buffer);
  return () => {
    const found = capstone.disasm(bytes).length;
    if (found !== WORDS.length) throw new Error(`capstone found ${found} instructions`);
  };
}

const reference = { name: 'capstone-wasm', setup: capstoneText };
const operations = WORDS.length;

/** Does something to every word; it must be said of all that they are known. */
const each = (isKnown: (word: number) => boolean) => (): (() => void) => () => {
  for (const word of WORDS) if (!isKnown(word)) throw new Error(`${word.toString(16)} is not decoded`);
};

const numbers = new Float64Array(6);

/** Encodes every word again from what was decoded of it. */
function encodeEach(): () => void {
  const decoded = Array.from(WORDS, (word) => decode(word)).filter((found) => found !== undefined);
  return () => {
    for (const { id, operands } of decoded) encodeRow(id, operands);
  };
}

/** Decoding and printing a word, where the competitor always does both; encoding one, alone and with labels. */
export const benchmarks: Benchmark[] = [
  {
    name: 'decode a word to numbers',
    operations,
    setup: each((word) => decodeNumbers(word, numbers) >= 0),
    reference,
  },
  { name: 'decode a word', operations, setup: each((word) => decode(word) !== undefined), reference },
  { name: 'print a word', operations, setup: each((word) => !print(word).startsWith('.')), reference },
  { name: 'encode a word', operations, setup: encodeEach },
  { name: 'assemble an instruction', operations, setup: () => () => codeOf(operations) },
];
