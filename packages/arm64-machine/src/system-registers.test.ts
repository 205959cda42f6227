import { type Assembler, type SystemRegister, x0, x1, x2, x3, x4 } from '@kexeckit/a64';
import { describe, expect, test } from 'vitest';
import { type ExceptionLevel, MachineFault } from './index.ts';
import { boot, end, HCR_E2H, load, setVectors, skip, VECTORS } from './testing/boot.ts';

const RW = 1n << 31n;
const TGE = 1n << 27n;
const UNDEFINED = 0x0200_0000n;

/** What a program breaks; 'nothing' where it ends. */
function broken(level: ExceptionLevel, program: (a: Assembler) => void): string {
  try {
    end(boot(program, { level }));
    return 'nothing';
  } catch (error) {
    if (error instanceof MachineFault) return error.kind;
    throw error;
  }
}

const set = (a: Assembler, register: SystemRegister, value: bigint): void => {
  load(a, x0, value);
  a.emit('msr', register, x0);
};

/** Goes down to EL1, with vectors at both levels. */
function atEl1(a: Assembler, hcr = RW): void {
  setVectors(a, 2);
  setVectors(a, 1);
  set(a, 'hcr_el2', hcr);
  a.emit('isb');
  set(a, 'spsr_el2', 0x3c5n);
  a.emit('adr', x0, 'el1').emit('msr', 'elr_el2', x0).emit('eret').label('el1');
}

/** What a program leaves in x1 to x4; x4 is the syndrome of what it did last that is not allowed. */
function left(level: ExceptionLevel, program: (a: Assembler) => void): bigint[] {
  const vectors = { 0: skip(1), 512: skip(1), 1024: skip(2) };
  const { cpu } = end(boot(program, { level, vectors }));
  return [x1, x2, x3, x4].map((register) => cpu.registers.get(register));
}

describe('control bits that are not modelled', () => {
  test.each<[SystemRegister, bigint]>([
    ...[0, 1, 2, 6, 9, 12, 13, 14, 18, 19, 21, 23, 24, 25, 26, 28, 29, 30, 32, 33, 42].map(
      (bit): [SystemRegister, bigint] => ['hcr_el2', RW | (1n << BigInt(bit))],
    ),
    ['cptr_el2', 0x37ffn | (1n << 31n)],
    ['cptr_el2', 0x37ffn | (1n << 20n)],
    ['cpacr_el1', 1n << 28n],
    ['mdcr_el2', 1n << 8n],
    ['mdscr_el1', 1n],
    ['cnthctl_el2', 0n],
    ['cnthctl_el2', 0x1003n],
  ])('%s 0x%x is refused', (register, value) => {
    expect(broken(2, (a) => set(a, register, value))).toBe('unmodelled-control');
  });

  test.each<[SystemRegister, bigint]>([
    ['hcr_el2', RW | TGE | HCR_E2H | 0x38n],
    ['hcr_el2', RW | (3n << 40n) | (1n << 56n)],
    ['cptr_el2', 0x37ffn],
    ['cpacr_el1', 3n << 20n],
    ['mdcr_el2', 6n],
    ['mdscr_el1', 0x1000n],
    ['cnthctl_el2', 3n],
    ['vmpidr_el2', -1n],
  ])('%s 0x%x is not', (register, value) => {
    expect(broken(2, (a) => set(a, register, value))).toBe('nothing');
  });

  test('are those of the layout that HCR_EL2.E2H chooses', () => {
    const host = (register: SystemRegister, value: bigint) =>
      broken(2, (a) => {
        set(a, 'hcr_el2', RW | HCR_E2H);
        a.emit('isb');
        set(a, register, value);
      });
    expect(host('cptr_el2', 0x33ffn)).toBe('unmodelled-control');
    expect(host('cptr_el2', 3n << 20n)).toBe('nothing');
    expect(host('cpacr_el1', 1n << 31n)).toBe('unmodelled-control');
    expect(host('cnthctl_el2', 3n)).toBe('unmodelled-control');
    expect(host('cnthctl_el2', 0xc00n)).toBe('nothing');
  });

  test('say which, and what to do', () => {
    const program = (a: Assembler): void => set(a, 'hcr_el2', RW | 5n);
    expect(() => boot(program, { level: 2 }).run(100)).toThrow(
      expect.objectContaining({ code: 'EPROTO', message: expect.stringContaining('bits 0x5 of hcr_el2') }),
    );
  });
});

describe('what an ISB must stand before', () => {
  test('PAR_EL1 after AT', () => {
    const ask = (isb: boolean) => (a: Assembler) => {
      a.emit('sys', 'at s1e1r', x1);
      if (isb) a.emit('isb');
      a.emit('mrs', x2, 'par_el1');
    };
    expect(broken(1, ask(false))).toBe('missing-isb');
    expect(broken(1, ask(true))).toBe('nothing');
    // What is written is read.
    const own = (a: Assembler): unknown =>
      a.emit('sys', 'at s1e1r', x1).emit('msr', 'par_el1', x1).emit('mrs', x2, 'par_el1');
    expect(broken(1, own)).toBe('nothing');
  });

  test('an exception after VBAR', () => {
    const call = (isb: boolean, base = VECTORS) =>
      broken(1, (a) => {
        set(a, 'vbar_el1', base);
        a.emit('isb');
        set(a, 'vbar_el1', VECTORS);
        if (isb) a.emit('isb');
        a.emit('svc', 0).label('stay');
      });
    // The vectors are empty: the program only does not end.
    expect(call(false, VECTORS + 0x800n)).toBe('missing-isb');
    expect(() => call(true, VECTORS + 0x800n)).toThrow();
    expect(() => call(false)).toThrow();
  });

  test.each<[string, (a: Assembler) => void]>([
    ["EL1's names", (a) => a.emit('mrs', x1, 'ttbr0_el1')],
    ['names of EL1 as the host has them', (a) => a.emit('mrs', x1, 'sctlr_el12')],
    ['CPACR_EL1', (a) => a.emit('mrs', x1, 'cpacr_el1')],
    ['TLBI', (a) => a.emit('sys.bare', 'tlbi vmalle1')],
    ['AT', (a) => a.emit('sys', 'at s1e1r', x1)],
  ])('%s after HCR_EL2.E2H', (_, program) => {
    const withHost = (isb: boolean) =>
      broken(2, (a) => {
        set(a, 'hcr_el2', RW | TGE | HCR_E2H);
        if (isb) a.emit('isb');
        program(a);
      });
    expect(withHost(false)).toBe('missing-isb');
    expect(withHost(true)).toBe('nothing');
  });

  test('a snapshot keeps what is not synchronized', () => {
    const machine = boot((a) => {
      a.emit('sys', 'at s1e1r', x1).emit('mrs', x2, 'par_el1');
    });
    machine.step();
    machine.restore(machine.snapshot());
    expect(() => machine.step()).toThrow(expect.objectContaining({ kind: 'missing-isb' }));
  });
});

describe('registers that a level may not name', () => {
  test('SP_EL0 while it is SP', () => {
    const program = (own: 0 | 1) => (a: Assembler) => {
      setVectors(a, 1);
      a.emit('movz', x4, 0).emit('msr.spsel', own).emit('mrs', x1, 'sp_el0');
    };
    expect(left(1, program(0))[3]).toBe(UNDEFINED);
    expect(left(1, program(1))[3]).toBe(0n);
  });

  test('OSLAR_EL1 to read it, CNTFRQ_EL0 to write it below the highest level', () => {
    const at = (program: (a: Assembler) => void) => (a: Assembler) => {
      setVectors(a, 1);
      a.emit('movz', x4, 0);
      program(a);
    };
    expect(
      left(
        1,
        at((a) => a.emit('mrs', x1, 'oslar_el1')),
      )[3],
    ).toBe(UNDEFINED);
    expect(
      left(
        1,
        at((a) => a.emit('msr', 'oslar_el1', x1)),
      )[3],
    ).toBe(0n);
    expect(
      left(
        1,
        at((a) => a.emit('msr', 'cntfrq_el0', x1)),
      )[3],
    ).toBe(0n);
    const below = (a: Assembler): void => {
      atEl1(a);
      a.emit('movz', x4, 0).emit('msr', 'cntfrq_el0', x1);
    };
    expect(left(2, below)[3]).toBe(UNDEFINED);
  });
});

describe('what EL2 makes EL1 see', () => {
  test('of MPIDR and MIDR', () => {
    const seen = left(2, (a) => {
      set(a, 'vmpidr_el2', 0x1234n);
      set(a, 'vpidr_el2', 0x99n);
      a.emit('mrs', x3, 'mpidr_el1');
      atEl1(a);
      a.emit('mrs', x1, 'mpidr_el1').emit('mrs', x2, 'midr_el1');
    });
    expect(seen.slice(0, 3)).toEqual([0x1234n, 0x99n, 0x8000_0000n]);
    const untouched = left(2, (a) => {
      atEl1(a);
      a.emit('mrs', x1, 'mpidr_el1');
    });
    expect(untouched[0]).toBe(0x8000_0000n);
  });

  test('of the counter: CNTVOFF_EL2 behind', () => {
    const [behind = 0n, before = 0n] = left(2, (a) => {
      set(a, 'cntvoff_el2', 10n);
      atEl1(a);
      a.emit('mrs', x1, 'cntvct_el0').emit('mrs', x2, 'cntpct_el0');
    });
    // All of one run has the same count.
    expect(BigInt.asUintN(64, before - behind)).toBe(10n);
  });

  test('HCR_EL2.RW cannot be cleared', () => {
    const seen = left(2, (a) => {
      a.emit('mrs', x1, 'hcr_el2');
      set(a, 'hcr_el2', 0n);
      a.emit('mrs', x2, 'hcr_el2');
    });
    expect(seen.slice(0, 2)).toEqual([RW, RW]);
  });
});

describe('an illegal return', () => {
  const [ILLEGAL, IL] = [0x3a00_0000n, 1n << 20n];
  /** The syndrome and SPSR that the next instruction ends with, and x3, which it would set. */
  const returned = (level: ExceptionLevel, spsr: bigint, hcr = RW): bigint[] => {
    const vector = (a: Assembler): unknown =>
      a.emit('mrs', x1, `esr_el${level}`).emit('mrs', x2, `spsr_el${level}`).emit('b', 0);
    const machine = boot(
      (a) => {
        setVectors(a, level);
        if (level === 2) set(a, 'hcr_el2', hcr);
        a.emit('isb').emit('movz', x3, 1);
        set(a, `spsr_el${level}`, spsr);
        a.emit('adr', x0, 'there').emit('msr', `elr_el${level}`, x0).emit('eret').label('there').emit('movz', x3, 9);
      },
      { level, vectors: { 512: vector } },
    );
    machine.run(200);
    return [x1, x2, x3].map((register) => machine.cpu.registers.get(register));
  };

  test.each<[string, ExceptionLevel, bigint, bigint]>([
    ['AArch32', 1, 0x3d3n, RW],
    ['EL2 from EL1', 1, 0x3c9n, RW],
    ['EL3', 2, 0x3cdn, RW],
    ['bit 1 of the mode', 1, 0x3c6n, RW],
    ['EL1 where HCR_EL2.TGE is set', 2, 0x3c5n, RW | TGE],
    ['SPSR.IL', 1, 0x3c5n | IL, RW],
  ])('%s: the next instruction is not executed', (_, level, spsr, hcr) => {
    const own = level === 1 ? 0x3c5n : 0x3c9n;
    expect(returned(level, spsr, hcr)).toEqual([ILLEGAL, own | IL, 1n]);
  });

  test('flags and masks are those of SPSR all the same', () => {
    expect(returned(1, 0xa000_0086n)[1]).toBe(0xa000_0085n | IL);
  });

  test('EL0 is not modelled', () => {
    expect(() => returned(1, 0n)).toThrow(/illegal-state.*EL0, which is not modelled/);
  });
});
