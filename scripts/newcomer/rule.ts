import { expect } from 'vitest';
import { before, behind, type Demonstration } from './demonstration.ts';

const RULE = `  'wait-for-nobody': {
    section: 'B2.13 "Wait for Event mechanism and Send event"',
    meaning: 'WFE waits for an event that no other CPU sends: hardware may sleep for ever, emulators go on',
    hint: 'send it before with SEVL, or poll',
  },
`;

const CHECK = `
  const { id } = decoded;
  if (core.strict && id === 'wfe')
    return (index) => core.exceptions.stopAt('wait-for-nobody', index, 'WFE, and nobody is there');`;

/** A lonely CPU may not wait for an event. */
export const rule: Demonstration = {
  row: 'rule that hardware keeps and emulators do not',
  add: (copy) => {
    copy.edit('packages/arm64-machine/src/rules.ts', before("  'device-fetch': {", RULE));
    const compile = 'export function compile(core: Core, decoded: Decoded): Op | undefined {';
    copy.edit('packages/arm64-machine/src/execute/compile.ts', behind(compile, CHECK));
  },
  sees: {
    'the machine stops a program that breaks it, and says what keeps it': (copy) => {
      const printed = copy.evaluate(
        'packages/arm64-machine',
        `import { Assembler } from '@kexeckit/a64';
        import { Machine } from '@kexeckit/arm64-machine';
        const start = 0x4000_0000n;
        const machine = new Machine({ ram: [{ start, end: start + 0xfffn }] });
        machine.load(start, new Assembler().emit('wfe').words());
        machine.cpu.pc = start;
        try {
          machine.run(2);
        } catch ({ code, kind, hint }) {
          console.log(code, kind, hint);
        }`,
      );
      expect(printed).toMatch(/^EPROTO wait-for-nobody send it before with SEVL, or poll \(Arm ARM B2/);
    },
  },
};
