import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const ROW = `  'gmi':      { bits: '1 00 11010110 mmmmm 000101 nnnnn ddddd', operands: ['x:d', 'xsp:n', 'x:m'], syntax: 'gmi %0, %1, %2' },\n`;

const FACTORY = `/** GMI: adds the tag of an address, its bits 59 to 56, to a set of tags (FEAT_MTE). */
const insertTag: Factory = (core, [d, n, m]) => {
  const { low: L, high: H } = core.registers;
  const [to, from, tags] = [target(d), orSp(n), source(m)];
  return (index) => {
    const bit = 1 << (((H[from] ?? 0) >>> 24) & 15);
    L[to] = (L[tags] ?? 0) | bit;
    H[to] = H[tags] ?? 0;
    return index + 1;
  };
};

`;

/** GMI, of memory tagging. */
export const instruction: Demonstration = {
  row: 'new A64 instruction',
  add: (copy) => {
    copy.edit('packages/a64/src/instructions.ts', before("  'crc32b':", ROW));
    const factories = 'packages/arm64-machine/src/execute/bits.ts';
    copy.edit(factories, (text) => text.replace('{ type Factories, type Factory,', '$& orSp,'));
    copy.edit(factories, before('/** Counting and reversing bits. */', FACTORY));
    copy.edit(factories, before('  rbit: ', '  gmi: insertTag,\n'));
  },
  sees: {
    'it is encoded, decoded and printed': (copy) => {
      const printed = copy.evaluate(
        'packages/arm64-machine',
        `import { decode, encode, print, x0, x1, x2 } from '@kexeckit/a64';
        const word = encode('gmi', x2, x0, x1);
        console.log(word.toString(16), JSON.stringify(decode(word)), print(word));`,
      );
      // The word is the one that GNU as makes of the line.
      expect(printed).toBe('9ac11402 {"id":"gmi","operands":[2,0,1]} gmi x2, x0, x1');
    },
    'the machine executes it': (copy) => {
      const printed = copy.evaluate(
        'packages/arm64-machine',
        `import { Assembler, x0, x1, x2 } from '@kexeckit/a64';
        import { Machine } from '@kexeckit/arm64-machine';
        const start = 0x4000_0000n;
        const machine = new Machine({ ram: [{ start, end: start + 0xfffn }] });
        machine.load(start, new Assembler().emit('movz', x0, 0x0500, 48).emit('movz', x1, 2).emit('gmi', x2, x0, x1).words());
        machine.cpu.pc = start;
        machine.run(3);
        console.log(machine.cpu.registers.get(2).toString(16));`,
      );
      expect(printed).toBe('22');
    },
  },
};
