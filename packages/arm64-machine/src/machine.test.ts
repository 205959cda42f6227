import { Assembler, sp, x0, x1, x2, x3, x4, x5, x6, xzr } from '@kexeckit/a64';
import { type Attributes, buildTables, countTables, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import { Cpu, type ExceptionLevel, MachineFault, PhysicalMemory } from './index.ts';

const RAM = { start: 0x4000_0000n, end: 0x40ff_ffffn };
const CODE = 0x4000_0000n;
const DATA = 0x4010_0000n;
const TABLES = 0x4020_0000n;
const normal: Attributes = { type: 'Normal', writable: true, executable: false };

/** A CPU with a program at CODE, already visible to fetches, and its MMU off. */
function boot(
  program: (a: Assembler) => void,
  level: ExceptionLevel = 1,
): { cpu: Cpu; memory: PhysicalMemory; end: bigint } {
  const a = new Assembler();
  program(a);
  a.label('end').emit('nop');
  const memory = new PhysicalMemory([RAM]);
  const frame = memory.frame(pfn(CODE));
  frame?.memory.set(a.words());
  const cpu = new Cpu(memory, level);
  cpu.pc = CODE;
  const end = CODE + BigInt(a.offsetOf('end'));
  cpu.breakAt(end);
  return { cpu, memory, end };
}

const pfn = (address: bigint): number => Number(address >> 12n);

/** Runs to the end; a program that does not get there is a failure of the test. */
function run(program: (a: Assembler) => void, level?: ExceptionLevel): { cpu: Cpu; memory: PhysicalMemory } {
  const { cpu, memory } = boot(program, level);
  expect(cpu.run(1_000_000)).toBe('breakpoint');
  return { cpu, memory };
}

/** The fault that a program ends with. */
function faultOf(program: (a: Assembler) => void, level?: ExceptionLevel): MachineFault {
  const { cpu } = boot(program, level);
  try {
    cpu.run(1_000_000);
  } catch (error) {
    if (error instanceof MachineFault) return error;
    throw error;
  }
  throw new Error('the program did not fault');
}

function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

describe('arithmetic on 64-bit registers', () => {
  const binary = (id: 'add' | 'sub' | 'and' | 'orr' | 'eor' | 'bic', a: bigint, b: bigint, shift = 0): bigint =>
    run((asm) => {
      load(asm, x0, a);
      load(asm, x1, b);
      asm.emit(id, x2, x0, x1, shift);
    }).cpu.registers.get(x2);

  test('carries and borrows cross the halves', () => {
    expect(binary('add', 0xffff_ffffn, 1n)).toBe(0x1_0000_0000n);
    expect(binary('add', 0xffff_ffff_ffff_ffffn, 1n)).toBe(0n);
    expect(binary('sub', 0x1_0000_0000n, 1n)).toBe(0xffff_ffffn);
    expect(binary('sub', 0n, 1n)).toBe(0xffff_ffff_ffff_ffffn);
    expect(binary('add', 1n, 3n, 62)).toBe(0xc000_0000_0000_0001n);
    expect(binary('sub', 1n << 33n, 1n, 31)).toBe((1n << 33n) - (1n << 31n));
  });

  test('logic', () => {
    expect(binary('and', 0xff00_0000_ff00n, 0x0ff0_0000_0ff0n)).toBe(0x0f00_0000_0f00n);
    expect(binary('bic', 0xffn, 0x0fn)).toBe(0xf0n);
    expect(binary('orr', 1n, 1n, 40)).toBe((1n << 40n) | 1n);
    expect(binary('eor', (1n << 63n) | 1n, 1n)).toBe(1n << 63n);
  });

  test('immediates, bit fields, shifts', () => {
    const { cpu } = run((a) => {
      load(a, x0, 0x8444_c004n);
      a.emit('ubfm', x1, x0, 16, 19);
      a.emit('ubfm', x2, x0, 60, 59);
      a.emit('movz', x3, 4, 0).emit('lslv', x3, x3, x1);
      a.emit('sub.imm', x4, sp, 0).emit('add.imm12', x5, x3, 1);
      a.emit('and.imm', x6, x0, 0xffff_f000n);
    });
    expect(cpu.registers.get(x1)).toBe(4n);
    expect(cpu.registers.get(x2)).toBe(0x8_444c_0040n);
    expect(cpu.registers.get(x3)).toBe(64n);
    expect(cpu.registers.get(x5)).toBe(4096n + 64n);
    expect(cpu.registers.get(x6)).toBe(0x8444_c000n);
  });

  test.each([
    [0n, 0n, { n: 0, z: 1, c: 1, v: 0 }],
    [0n, 1n, { n: 1, z: 0, c: 0, v: 0 }],
    [1n << 63n, 1n, { n: 0, z: 0, c: 1, v: 1 }],
    [0x1_0000_0000n, 0xffff_ffffn, { n: 0, z: 0, c: 1, v: 0 }],
  ])('flags of %d - %d', (a, b, flags) => {
    const { cpu } = run((asm) => {
      load(asm, x0, a);
      load(asm, x1, b);
      asm.emit('subs', xzr, x0, x1, 0);
    });
    expect({ n: cpu.n, z: cpu.z, c: cpu.c, v: cpu.v }).toEqual(flags);
    expect(cpu.registers.get(31)).toBe(0n);
  });
});

describe('memory with the MMU off', () => {
  test('is Device memory: an unaligned access faults', () => {
    const fault = faultOf((a) => {
      load(a, x1, DATA + 4n);
      a.emit('ldr', x0, x1, 0);
    });
    expect(fault).toMatchObject({ kind: 'alignment-fault', address: DATA + 4n });
  });

  test('has no RAM beyond its ranges', () => {
    const fault = faultOf((a) => {
      load(a, x1, RAM.end + 1n);
      a.emit('str', x0, x1, 0);
    });
    expect(fault.kind).toBe('external-abort');
  });

  test('holds garbage until it is written, and pairs are stored whole', () => {
    const { cpu } = run((a) => {
      load(a, x1, DATA);
      load(a, x2, 0x1122_3344_5566_7788n);
      a.emit('ldr', x3, x1, 64);
      a.emit('stp', x2, xzr, x1, 0).emit('ldp.post', x4, x5, x1, 16);
    });
    expect(cpu.registers.get(x3)).not.toBe(0n);
    expect(cpu.registers.get(x4)).toBe(0x1122_3344_5566_7788n);
    expect(cpu.registers.get(x5)).toBe(0n);
    expect(cpu.registers.get(x1)).toBe(DATA + 16n);
  });
});

/** Turns an identity map of RAM on, with DATA writable and the rest read-only and executable. */
function withTables(
  program: (a: Assembler) => void,
  options: { tlbi?: boolean; isb?: boolean } = {},
): { cpu: Cpu; memory: PhysicalMemory } {
  const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
  const mappings = [
    { va: CODE, pa: CODE, size: 0x1000n, attributes: { type: 'Normal', writable: false, executable: true } as const },
    { va: DATA, pa: DATA, size: 0x2000n, attributes: normal },
  ];
  const pages = Array.from({ length: countTables(space, mappings) }, (_, i) => pfn(TABLES) + i);
  const { cpu, memory } = boot((a) => {
    const registers = translationRegisters(space, TABLES);
    load(a, x0, registers.ttbr);
    a.emit('msr', 'ttbr0_el1', x0);
    load(a, x0, registers.tcr);
    a.emit('msr', 'tcr_el1', x0);
    load(a, x0, registers.mair);
    a.emit('msr', 'mair_el1', x0);
    if (options.tlbi !== false) a.emit('isb').emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('isb');
    load(a, x0, 0x30500800n | 0x1005n);
    a.emit('msr', 'sctlr_el1', x0);
    if (options.isb !== false) a.emit('isb');
    load(a, x1, DATA);
    program(a);
  });
  buildTables(space, mappings, pages, { page: (page) => memory.frame(page)?.memory ?? new Uint32Array() });
  return { cpu, memory };
}

const tablesOff = (a: Assembler): void => {
  load(a, x0, 0x30500800n);
  a.emit('msr', 'sctlr_el1', x0).emit('isb');
};

describe('the cache', () => {
  const store = (a: Assembler): void => {
    a.emit('movz', x2, 77, 0).emit('str', x2, x1, 0);
  };

  test('DC CIVAC to the point of coherency makes it seen; DC IVAC loses it', () => {
    for (const [operation, expected] of [
      ['dc civac', 77n],
      ['dc cvac', 77n],
      ['dc ivac', 0xa5a5a5a5a5a5a5a5n],
    ] as const) {
      const { cpu } = withTables((a) => {
        store(a);
        a.emit('sys', operation, x1).emit('dsb', 'sy');
        tablesOff(a);
        a.emit('ldr', x3, x1, 0);
      });
      cpu.run(1000);
      expect(cpu.registers.get(x3)).toBe(expected);
    }
  });

  test('counts what the cost model prices', () => {
    const { cpu } = withTables((a) => {
      store(a);
      a.emit('sys', 'dc civac', x1);
    });
    const before = cpu.counters.lineCleans;
    cpu.run(1000);
    expect(cpu.counters.lineCleans - before).toBe(1);
    expect(cpu.counters.tableWalks).toBe(2);
  });
});

describe('translation', () => {
  test('permission and translation faults', () => {
    const faults = [CODE, DATA + 0x2000n].map((address) => {
      const { cpu } = withTables((a) => {
        load(a, x1, address);
        a.emit('str', x0, x1, 0);
      });
      expect(() => cpu.run(1000)).toThrow(MachineFault);
      try {
        cpu.run(1000);
      } catch (error) {
        return error instanceof MachineFault ? error.kind : undefined;
      }
      return undefined;
    });
    expect(faults).toEqual(['permission-fault', 'translation-fault']);
  });

  test('an execute-never page is not fetched from', () => {
    const { cpu } = withTables((a) => {
      a.emit('br', x1);
    });
    expect(() => cpu.run(1000)).toThrow(/execute-never/);
  });
});

describe('instructions', () => {
  test('a word that is not modelled is UNDEFINED, with its place', () => {
    const { cpu, memory } = boot(() => {});
    memory.frame(pfn(CODE))?.memory.set([0], 0);
    cpu.clearBreak(CODE);
    expect(() => cpu.run(10)).toThrow(/undefined-instruction at pc 0x40000000/);
  });

  test("EL1 may not name EL2's registers or TLB", () => {
    expect(faultOf((a) => a.emit('msr', 'ttbr0_el2', x0)).kind).toBe('undefined-instruction');
    expect(faultOf((a) => a.emit('sys.bare', 'tlbi alle2')).kind).toBe('undefined-instruction');
    expect(run((a) => a.emit('msr', 'ttbr0_el2', x0).emit('sys.bare', 'tlbi alle2'), 2).cpu.daif).toBe(0xf);
  });

  test('a limit may be larger than 32 bits: what retired is counted all the same', () => {
    const { cpu } = boot((a) => {
      a.emit('movz', x0, 1000).label('turn').emit('subs.imm', x0, x0, 1).emit('b.cond', 'ne', 'turn').emit('isb');
    });
    expect(cpu.run(2 ** 40)).toBe('breakpoint');
    expect(cpu.counters.instructions).toBe(2002);
  });

  test('the limit stops a program that does not end', () => {
    const { cpu } = boot((a) => a.label('for ever').emit('b', 'for ever'));
    expect(cpu.run(1000)).toBe('limit');
    expect(cpu.counters.instructions).toBe(1000);
  });
});
