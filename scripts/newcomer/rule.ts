import { expect } from 'vitest';
import { before, behind, type Demonstration } from './demonstration.ts';

const RULE = `  'write-back-target': {
    section: 'LDR (immediate): "CONSTRAINED UNPREDICTABLE behavior"',
    meaning: 'a load with write-back names its base as its target: what the register ends with is left open',
    hint: 'load into another register',
  },
`;

const CHECK = `
  const { id, operands } = decoded;
  if (core.strict && /^ldr.*\\.(pre|post)$/.test(id) && operands[0] === operands[1] && operands[0] !== 31)
    return (index) => core.exceptions.stopAt('write-back-target', index, 'base and target are one register');`;

/** A load may not write its base back into its own target. */
export const rule: Demonstration = {
  row: 'rule that hardware keeps and emulators do not',
  add: (copy) => {
    copy.edit('packages/arm64-machine/src/rules.ts', before("  'device-exclusive': {", RULE));
    const compile = 'export function compile(core: Core, decoded: Decoded): Op | undefined {';
    copy.edit('packages/arm64-machine/src/execute/compile.ts', behind(compile, CHECK));
  },
  sees: {
    'the machine stops a program that breaks it, and says what keeps it': (copy) => {
      const printed = copy.evaluate(
        'packages/arm64-machine',
        `import { Assembler, x0 } from '@kexeckit/a64';
        import { Machine } from '@kexeckit/arm64-machine';
        const start = 0x4000_0000n;
        const machine = new Machine({ ram: [{ start, end: start + 0xfffn }] });
        machine.load(start, new Assembler().emit('adr', x0, 64).emit('ldr.post', x0, x0, 8).words());
        machine.cpu.pc = start;
        try {
          machine.run(2);
        } catch ({ code, kind, hint }) {
          console.log(code, kind, hint);
        }`,
      );
      expect(printed).toMatch(/^EPROTO write-back-target load into another register \(Arm ARM LDR/);
    },
  },
};
