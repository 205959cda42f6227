import { type Assembler, sp, x0, x1, x2, x3, x4, x5, xzr } from '@kexeckit/a64';
import { buildTables, type Mapping, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import { type CpuEvent, type Machine, MachineFault } from './index.ts';
import { boot, CODE, DATA, end, load, setTables, setVectors, skip, VECTORS } from './testing/boot.ts';

describe('exceptions', () => {
  test('an abort goes to the vectors with its syndrome and address, and can be returned from', () => {
    const events: CpuEvent[] = [];
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 1);
          load(a, x1, 0x1000n);
          a.emit('ldr', x2, x1, 0).emit('movz', x3, 9, 0);
        },
        { vectors: { 512: skip(1) }, machine: { onEvent: (event) => events.push(event) } },
      ),
    );
    // Data abort from the same level, external abort on a read.
    expect(cpu.registers.get(x4)).toBe(0x9600_0010n);
    expect(cpu.registers.get(x5)).toBe(0x1000n);
    expect(cpu.registers.get(x3)).toBe(9n);
    expect(events.map(({ type }) => type)).toEqual(['exception', 'return']);
  });

  test('an undefined instruction too', () => {
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 1);
          a.emit('msr', 'vbar_el2', x0);
        },
        { vectors: { 512: skip(1) } },
      ),
    );
    expect(cpu.registers.get(x4)).toBe(0x0200_0000n);
  });

  test('HVC from EL1 goes to EL2 and back: the soft restart', () => {
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 2);
          // Down to EL1 with its own stack pointer.
          load(a, x0, 0x3c5n);
          a.emit('msr', 'spsr_el2', x0).emit('adr', x0, 'el1').emit('msr', 'elr_el2', x0).emit('eret');
          a.label('el1').emit('mrs', x1, 'currentel').emit('hvc', 0x42).emit('mrs', x3, 'currentel');
        },
        {
          level: 2,
          vectors: {
            1024: (a) =>
              a.emit('mrs', x2, 'currentel').emit('mrs', x4, 'esr_el2').emit('mrs', x5, 'spsr_el2').emit('eret'),
          },
        },
      ),
    );
    expect([x1, x2, x3].map((register) => cpu.registers.get(register))).toEqual([4n, 8n, 4n]);
    expect(cpu.registers.get(x4)).toBe(0x5a00_0042n);
    expect(cpu.registers.get(x5) & 0xfn).toBe(5n);
  });
});

describe('the state around an exception', () => {
  test('flags and masks come back with ERET', () => {
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 1);
          a.emit('msr.daifclr', 15)
            .emit('subs', xzr, xzr, xzr)
            .emit('svc', 7)
            .emit('mrs', x3, 'nzcv')
            .emit('mrs', x2, 'daif');
        },
        {
          vectors: {
            512: (a) => a.emit('movz', x1, 1, 0).emit('adds.imm', x1, x1, 1).emit('mrs', x4, 'daif').emit('eret'),
          },
        },
      ),
    );
    expect(cpu.registers.get(x3)).toBe(0x6000_0000n);
    expect(cpu.registers.get(x2)).toBe(0n);
    expect(cpu.registers.get(x4)).toBe(0x3c0n);
  });

  test('each level has a stack pointer of its own', () => {
    const { cpu } = end(
      boot((a) => {
        load(a, x0, 0x111n);
        a.emit('add.imm', sp, x0, 0).emit('msr.spsel', 0);
        load(a, x0, 0x222n);
        a.emit('add.imm', sp, x0, 0).emit('msr.spsel', 1).emit('add.imm', x1, sp, 0).emit('mrs', x2, 'sp_el0');
      }),
    );
    expect([x1, x2].map((register) => cpu.registers.get(register))).toEqual([0x111n, 0x222n]);
  });

  test('a vector that faults itself does not go on for ever', () => {
    // Nobody wrote the vectors: what lies there is no instruction.
    const machine = boot((a) => {
      setVectors(a, 1);
      a.emit('svc', 0);
    });
    expect(machine.run(1000).reason).toBe('limit');
    expect(machine.cpu.pc).toBe(VECTORS + 0x200n);
  });

  test('without vectors a fault ends the run', () => {
    expect(() => boot((a) => a.emit('svc', 0)).run(10)).toThrow(MachineFault);
    expect(() => boot((a) => a.emit('eret')).run(10)).toThrow(/illegal-state/);
  });

  test('a branch to an address that is not a multiple of 4 is a fault of the branch', () => {
    const program = (a: Assembler): unknown => {
      load(a, x1, DATA + 2n);
      return a.emit('br', x1);
    };
    const fault = { kind: 'alignment-fault', pc: CODE + 16n, address: DATA + 2n, instruction: 'br x1' };
    expect(() => boot(program).run(10)).toThrow(expect.objectContaining(fault));
  });
});

describe('VHE', () => {
  const tables = (machine: Machine, space: Space, root: bigint, mappings: Mapping[]): bigint => {
    const first = Number(root >> 12n);
    const pages = Array.from({ length: 8 }, (_, index) => first + index);
    buildTables(space, mappings, pages, { page: (page) => machine.memory.frame(page)?.memory ?? new Uint32Array() });
    return translationRegisters(space, root).ttbr;
  };
  const code = { type: 'Normal', writable: false, executable: true } as const;
  const data = { type: 'Normal', writable: true, executable: false } as const;

  test("EL2 with E2H uses EL1's names and both halves of the address space", () => {
    const lower: Space = { granule: '4K', vaBits: 39, regime: 'EL2&0' };
    const upper: Space = { ...lower, half: 'upper' };
    const high = 0xffff_ff80_0000_0000n;
    const open = (value: bigint): bigint => value & ~((1n << 7n) | (1n << 23n));
    const machine = boot(
      (a) => {
        load(a, x0, 1n << 34n);
        a.emit('msr', 'hcr_el2', x0).emit('isb');
        const [low, up] = [translationRegisters(lower, 0x4020_0000n), translationRegisters(upper, 0x4030_0000n)];
        for (const [name, value] of [
          ['ttbr0_el1', low.ttbr],
          ['ttbr1_el1', up.ttbr],
          ['tcr_el1', open(low.tcr | up.tcr)],
          ['mair_el1', low.mair],
        ] as const) {
          load(a, x0, value);
          a.emit('msr', name, x0);
        }
        a.emit('isb');
        load(a, x0, 0x30c50830n | 0x1005n);
        a.emit('msr', 'sctlr_el1', x0).emit('isb');
        load(a, x1, high + 0x3000n);
        load(a, x2, 0x1234n);
        a.emit('str', x2, x1, 0);
        load(a, x3, DATA + 0x3000n);
        a.emit('ldr', x4, x3, 0).emit('mrs', x5, 'ttbr1_el2');
      },
      { level: 2 },
    );
    tables(machine, lower, 0x4020_0000n, [
      { va: CODE, pa: CODE, size: 0x1000n, attributes: code },
      { va: DATA, pa: DATA, size: 0x4000n, attributes: data },
    ]);
    tables(machine, upper, 0x4030_0000n, [{ va: high, pa: DATA, size: 0x4000n, attributes: data }]);
    const { cpu } = end(machine);
    expect(cpu.registers.get(x4)).toBe(0x1234n);
    expect(cpu.registers.get(x5)).toBe(0x4030_0000n);
  });
});

describe('AT', () => {
  test('asks the tables of EL1 and leaves the answer in PAR_EL1', () => {
    const space: Space = { granule: '64K', vaBits: 42, regime: 'EL1' };
    const machine = boot((a) => {
      setTables(a, space, 0x4020_0000n);
      load(a, x0, 0x30500801n);
      a.emit('msr', 'sctlr_el1', x0).emit('isb');
      load(a, x1, DATA + 0x1234n);
      a.emit('sys', 'at s1e1r', x1).emit('isb').emit('mrs', x2, 'par_el1');
      a.emit('sys', 'at s1e1w', x1).emit('isb').emit('mrs', x3, 'par_el1');
      a.emit('sys', 'at s1e1r', xzr).emit('isb').emit('mrs', x4, 'par_el1');
    });
    const pages = [0x4020, 0x4021, 0x4022];
    const frames = (page: number): Uint32Array => {
      // A 64 KiB table lies in 16 frames of the machine: they are written one by one below.
      const words = new Uint32Array(0x4000);
      content.set(page, words);
      return words;
    };
    const content = new Map<number, Uint32Array>();
    buildTables(
      space,
      [
        { va: CODE, pa: CODE, size: 0x10000n, attributes: { type: 'Normal', writable: false, executable: true } },
        { va: DATA, pa: DATA, size: 0x10000n, attributes: { type: 'Normal', writable: false, executable: false } },
      ],
      pages,
      { page: (page) => content.get(page) ?? frames(page) },
    );
    for (const [page, words] of content) machine.load(BigInt(page) << 16n, words);
    const { cpu } = end(machine);
    expect(cpu.registers.get(x2)).toBe(0xff00_0000_4010_1980n);
    // Permission fault at level 3; translation fault at level 3.
    expect(cpu.registers.get(x3)).toBe(0x81fn);
    expect(cpu.registers.get(x4) & 1n).toBe(1n);
  });
});
