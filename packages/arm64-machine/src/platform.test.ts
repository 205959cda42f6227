import { Assembler, x0, x1, x2, x3, x4, x5, x6, xzr } from '@kexeckit/a64';
import { buildTables, type Mapping, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import { type CpuEvent, type ExceptionLevel, Machine, MachineFault } from './index.ts';

const RAM = { start: 0x4000_0000n, end: 0x40ff_ffffn };
const CODE = 0x4000_0000n;
const DATA = 0x4010_0000n;
const VECTORS = 0x4004_0000n;
const UART = 0x0900_0000n;

function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

interface Setup {
  readonly level?: ExceptionLevel;
  readonly cpus?: number;
  /** Code at offsets of the vector table. */
  readonly vectors?: Readonly<Record<number, (a: Assembler) => void>>;
  readonly onEvent?: (event: CpuEvent) => void;
}

function boot(program: (a: Assembler) => void, { level = 1, cpus = 1, vectors = {}, onEvent }: Setup = {}): Machine {
  const a = new Assembler();
  program(a);
  a.label('end').emit('nop');
  const machine = new Machine({
    ram: [RAM],
    exceptionLevel: level,
    cpus,
    console: UART,
    ...(onEvent && { onEvent }),
  });
  machine.load(CODE, a.words());
  for (const [offset, body] of Object.entries(vectors)) {
    const vector = new Assembler();
    body(vector);
    machine.load(VECTORS + BigInt(offset), vector.words());
  }
  machine.cpu.pc = CODE;
  machine.cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
  return machine;
}

const end = (machine: Machine): Machine => {
  expect(machine.run(100_000).reason).toBe('breakpoint');
  return machine;
};

const setVectors = (a: Assembler, level: ExceptionLevel): void => {
  load(a, x0, VECTORS);
  a.emit('msr', level === 2 ? 'vbar_el2' : 'vbar_el1', x0).emit('isb');
};

/** EL1's tables, which the MMU uses once it is turned on. */
const setTables = (a: Assembler, space: Space, root: bigint): void => {
  const { ttbr, tcr, mair } = translationRegisters(space, root);
  for (const [register, value] of [
    ['ttbr0_el1', ttbr],
    ['tcr_el1', tcr],
    ['mair_el1', mair],
  ] as const) {
    load(a, x0, value);
    a.emit('msr', register, x0);
  }
  a.emit('isb');
};

/** A handler that keeps the syndrome in x4 and the address in x5, and goes on behind the instruction. */
const skip = (level: ExceptionLevel) => (a: Assembler) => {
  const el = level === 2 ? 'el2' : 'el1';
  a.emit('mrs', x4, `esr_${el}`).emit('mrs', x5, `far_${el}`).emit('mrs', x6, `elr_${el}`);
  a.emit('add.imm', x6, x6, 4).emit('msr', `elr_${el}`, x6).emit('eret');
};

const FPEN = 3n << 20n;
/** CPTR_EL2 with its RES1 bits, and TFP. */
const CPTR_TFP = 0x37ffn;
const HCR_E2H = 1n << 34n;

const write = (a: Assembler, register: 'cpacr_el1' | 'cptr_el2' | 'hcr_el2', value: bigint): void => {
  load(a, x0, value);
  a.emit('msr', register, x0).emit('isb');
};

test('bytes that are a piece of a larger array are loaded alone', () => {
  const machine = boot(() => {});
  const file = Uint8Array.from({ length: 64 }, (_, at) => at);
  const frame = machine.memory.frame(Number(DATA >> 12n));
  machine.load(DATA, file.subarray(8, 16));
  expect([...(frame?.memory.subarray(0, 3) ?? [])]).toEqual([0x0b0a0908, 0x0f0e0d0c, 0xa5a5a5a5]);
});

describe('SIMD that is trapped', () => {
  const SIMD_TRAP = 0x1fe0_0000n;

  test('out of reset, at either level, without vectors: the run ends with the register that traps', () => {
    const run = (level: ExceptionLevel) => () => boot((a) => a.emit('movi.zero', 0), { level }).run(10);
    expect(run(1)).toThrow(/simd-trap.*movi v0.*CPACR_EL1/);
    expect(run(2)).toThrow(/simd-trap.*movi v0.*CPTR_EL2/);
  });

  test('goes to the vectors, and executes when CPACR_EL1 lets it: the same word, an ISB later', () => {
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 1);
          a.emit('movz', x1, 2, 0)
            .emit('movz', x2, 7, 0)
            .label('again')
            .emit('dup.2d', 0, x2)
            .emit('orr', x3, xzr, x4, 0);
          write(a, 'cpacr_el1', FPEN);
          a.emit('subs.imm', x1, x1, 1).emit('b.cond', 'ne', 'again').emit('umov.d', x2, 0, 1);
          // The control registers of floating point too; an MSR alone changes nothing yet.
          a.emit('msr', 'cpacr_el1', xzr).emit('mrs', x5, 'fpcr').emit('isb').emit('mrs', x6, 'fpcr');
        },
        { vectors: { 512: (a) => skip(1)(a) } },
      ),
    );
    expect([cpu.registers.get(x3), cpu.registers.get(x2)]).toEqual([SIMD_TRAP, 7n]);
    expect(cpu.registers.get(x4)).toBe(SIMD_TRAP);
    expect(cpu.registers.get(x5)).toBe(0n);
  });

  test('CPTR_EL2 traps EL2 by TFP, and with E2H by FPEN, which CPACR_EL1 is another name for', () => {
    const said = (prepare: (a: Assembler) => void): bigint => {
      const program = (a: Assembler): void => {
        setVectors(a, 2);
        prepare(a);
        a.emit('movz', x4, 0, 0).emit('movi.zero', 0);
      };
      return end(boot(program, { level: 2, vectors: { 512: skip(2) } })).cpu.registers.get(x4);
    };
    expect(said((a) => write(a, 'cptr_el2', CPTR_TFP))).toBe(SIMD_TRAP);
    expect(said((a) => write(a, 'cptr_el2', CPTR_TFP & ~(1n << 10n)))).toBe(0n);
    const withVhe = (value: bigint) => (a: Assembler) => {
      write(a, 'hcr_el2', HCR_E2H);
      write(a, 'cpacr_el1', value);
    };
    expect(said(withVhe(0n))).toBe(SIMD_TRAP);
    expect(said(withVhe(2n << 20n))).toBe(SIMD_TRAP);
    expect(said(withVhe(1n << 20n))).toBe(0n);
    expect(said(withVhe(FPEN))).toBe(0n);
  });

  test('at EL1 CPTR_EL2 traps to EL2 what CPACR_EL1 lets pass', () => {
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 2);
          write(a, 'cptr_el2', CPTR_TFP);
          write(a, 'cpacr_el1', FPEN);
          load(a, x0, 0x3c5n);
          a.emit('msr', 'spsr_el2', x0).emit('adr', x0, 'el1').emit('msr', 'elr_el2', x0).emit('eret');
          a.label('el1').emit('movi.zero', 0);
        },
        { level: 2, vectors: { 1024: skip(2) } },
      ),
    );
    expect(cpu.registers.get(x4)).toBe(SIMD_TRAP);
  });
});

describe('what SCTLR checks', () => {
  const SCTLR = 0x3050_0800n;
  const [A, SA, WXN, EE] = [1n << 1n, 1n << 3n, 1n << 19n, 1n << 25n];
  const MMU_AND_CACHES = 0x1005n;

  /** Runs with an identity map of RAM, writable and executable, and these bits of SCTLR; the syndrome of what faulted. */
  function faultWith(bits: bigint, program: (a: Assembler) => void, vectors = true): bigint {
    const attributes = { type: 'Normal', writable: true, executable: true } as const;
    const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
    const root = 0x4080_0000n;
    const machine = boot(
      (a) => {
        if (vectors) setVectors(a, 1);
        setTables(a, space, root);
        load(a, x0, SCTLR | MMU_AND_CACHES | bits);
        load(a, x1, DATA);
        a.emit('movz', x4, 0, 0).emit('msr', 'sctlr_el1', x0).emit('isb');
        program(a);
      },
      { vectors: { 512: skip(1) } },
    );
    const mappings: Mapping[] = [{ va: CODE, pa: CODE, size: 0x100_0000n, attributes, largestLevel: 3 }];
    const pages = Array.from({ length: 16 }, (_, page) => Number(root >> 12n) + page);
    buildTables(space, mappings, pages, { page: (pfn) => machine.memory.frame(pfn)?.memory ?? new Uint32Array(1024) });
    return end(machine).cpu.registers.get(x4);
  }

  const unaligned = (a: Assembler): unknown => a.emit('ldur', x2, x1, 1);
  const throughStack = (a: Assembler): unknown =>
    a.emit('add.imm', 31, x1, 8).emit('ldr', x2, 31, 0).emit('add.imm', 31, x1, 16).emit('ldp', x2, x3, 31, 0);

  test('A: unaligned accesses to Normal memory', () => {
    expect(faultWith(0n, unaligned)).toBe(0n);
    expect(faultWith(A, unaligned)).toBe(0x9600_0021n);
    expect(faultWith(A, (a) => a.emit('ldp', x2, x3, x1, 8))).toBe(0n);
  });

  test('SA: SP that is no multiple of 16, of loads and stores through it alone', () => {
    expect(faultWith(0n, throughStack)).toBe(0n);
    expect(faultWith(SA, throughStack)).toBe(0x9a00_0000n);
    expect(faultWith(SA, (a) => a.emit('add.imm', 31, x1, 8).emit('ldr', x2, x1, 0))).toBe(0n);
  });

  test('EE: another byte order is not modelled, and said to be', () => {
    expect(() => faultWith(EE, () => {})).toThrow(/big-endian data, which is not modelled/);
  });

  test('WXN: what is writable is not executed: not even the next instruction', () => {
    const nothing = (a: Assembler): unknown => a.emit('nop');
    expect(faultWith(0n, nothing, false)).toBe(0n);
    expect(() => faultWith(WXN, nothing, false)).toThrow(/permission-fault.*execute-never/);
  });

  test('a PC that is no multiple of 4, by a branch or by ERET', () => {
    const jump = (go: (a: Assembler) => void): bigint[] => {
      const vector = (a: Assembler): unknown => a.emit('mrs', x4, 'esr_el1').emit('mrs', x5, 'elr_el1').emit('b', 0);
      const machine = boot(
        (a) => {
          setVectors(a, 1);
          load(a, x1, DATA + 2n);
          go(a);
        },
        { vectors: { 512: vector } },
      );
      machine.run(100);
      return [x4, x5].map((register) => machine.cpu.registers.get(register));
    };
    expect(jump((a) => a.emit('br', x1))).toEqual([0x8a00_0000n, DATA + 2n]);
    const byReturn = (a: Assembler): unknown =>
      a.emit('movz', x2, 0x3c5, 0).emit('msr', 'spsr_el1', x2).emit('msr', 'elr_el1', x1).emit('eret');
    expect(jump(byReturn)).toEqual([0x8a00_0000n, DATA + 2n]);
  });
});

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
        { vectors: { 512: skip(1) }, onEvent: (event) => events.push(event) },
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

  test('flags and masks come back with ERET', () => {
    const { cpu } = end(
      boot(
        (a) => {
          setVectors(a, 1);
          a.emit('msr.daifclr', 15)
            .emit('subs.imm', xzr, xzr, 0)
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
        a.emit('add.imm', 31, x0, 0).emit('msr.spsel', 0);
        load(a, x0, 0x222n);
        a.emit('add.imm', 31, x0, 0).emit('msr.spsel', 1).emit('add.imm', x1, 31, 0).emit('mrs', x2, 'sp_el0');
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

describe('firmware, CPUs and devices', () => {
  test('the console collects what is written to it, and says that it is ready', () => {
    const machine = end(
      boot((a) => {
        load(a, x1, UART);
        for (const letter of 'ok\n') a.emit('movz', x2, letter.charCodeAt(0), 0).emit('strb', x2, x1, 0);
        a.emit('ldr.w', x3, x1, 0x18);
      }),
    );
    expect(machine.console?.text).toBe('ok\n');
    expect(machine.cpu.registers.get(x3)).toBe(0x90n);
  });

  test('PSCI turns a second CPU on, which works on the same memory, and off', () => {
    const machine = boot(
      (a) => {
        load(a, x0, 0xc400_0003n);
        a.emit('movz', x1, 1, 0).emit('adr', x2, 'second').emit('movz', x3, 0x55, 0).emit('hvc', 0);
        load(a, x1, DATA);
        a.label('wait').emit('ldr', x2, x1, 0).emit('subs.imm', xzr, x2, 0x55).emit('b.cond', 'ne', 'wait');
        load(a, x0, 0xc400_0004n);
        a.label('on').emit('movz', x1, 1, 0).emit('hvc', 0).emit('cbz', x0, 'again').emit('b', 'end');
        a.label('again');
        load(a, x0, 0xc400_0004n);
        a.emit('b', 'on');
        a.label('second');
        load(a, x1, DATA);
        a.emit('str', x0, x1, 0);
        load(a, x0, 0x8400_0002n);
        a.emit('hvc', 0);
      },
      { cpus: 2 },
    );
    end(machine);
    expect(machine.cpus[1]?.off).toBe(true);
    expect(machine.cpu.registers.get(x0)).toBe(1n);
  });

  test('SYSTEM_OFF ends the run; a machine whose CPUs only wait is idle', () => {
    const off = boot((a) => {
      load(a, x0, 0x8400_0008n);
      a.emit('hvc', 0);
    });
    expect(off.run(1000).reason).toBe('off');
    const idle = boot((a) => a.label('sleep').emit('wfi').emit('b', 'sleep'));
    expect(idle.run(1000).reason).toBe('idle');
  });

  test('a snapshot is gone back to, as often as wanted', () => {
    const machine = boot((a) => {
      load(a, x1, DATA);
      load(a, x4, UART);
      a.emit('ldr', x2, x1, 0).emit('add.imm', x2, x2, 1).emit('str', x2, x1, 0).emit('strb', x2, x4, 0);
    });
    for (let steps = 0; steps < 9; steps++) machine.step();
    const before = machine.snapshot();
    const seen = [0, 1].map(() => {
      machine.restore(before);
      end(machine);
      return [
        machine.cpu.registers.get(x2),
        machine.memory.frame(Number(DATA >> 12n))?.memory[0],
        machine.console?.text,
      ];
    });
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.[0]).toBe(0xa5a5_a5a5_a5a5_a5a6n);
  });
});
