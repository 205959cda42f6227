import { Assembler, sp, x0, x1, x2, x3, x4, x5, x6, xzr } from '@kexeckit/a64';
import { buildTables, type Mapping, type Space } from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import { Cpu, type ExceptionLevel, Machine, MachineError, PhysicalMemory } from './index.ts';
import {
  boot,
  CODE,
  CPTR_TFP,
  DATA,
  end,
  FPEN,
  HCR_E2H,
  load,
  setTables,
  setVectors,
  skip,
  UART,
  write,
} from './testing/boot.ts';

test('bytes that are a piece of a larger array are loaded alone', () => {
  const machine = boot(() => {});
  const file = Uint8Array.from({ length: 64 }, (_, at) => at);
  const frame = machine.memory.frame(Number(DATA >> 12n));
  machine.load(DATA, file.subarray(8, 16));
  expect([...(frame?.memory.subarray(0, 3) ?? [])]).toEqual([0x0b0a0908, 0x0f0e0d0c, 0xa5a5a5a5]);
});

test('what cannot be loaded, and a machine without a CPU, are refused', () => {
  const refusal = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof MachineError) return `${error.code} ${error.message}`;
      throw error;
    }
    return 'none';
  };
  const machine = boot(() => {});
  expect(refusal(() => machine.load(0x1000n, new Uint8Array(4)))).toBe('ENXIO there is no RAM at 0x1000');
  expect(refusal(() => machine.load(DATA, new Uint8Array(5)))).toMatch(/^EINVAL 5 bytes/);
  expect(refusal(() => machine.load(DATA + 1n, new Uint8Array(4)))).toMatch(/^EINVAL 4 bytes at 0x40100001/);
  for (const limit of [Number.NaN, 0.5, 1.5, -1, Number.NEGATIVE_INFINITY]) {
    expect(refusal(() => machine.run(limit))).toBe(`EINVAL a run of ${limit} instructions never ends`);
    expect(refusal(() => machine.cpu.run(limit))).toBe(`EINVAL a run of ${limit} instructions never ends`);
  }
  const odd = JSON.parse('{ "dataLine": 48 }');
  expect(refusal(() => new Machine({ ram: [], cpu: odd }))).toMatch(/^EINVAL .*48 bytes/);
  expect(refusal(() => new Machine({ ram: [], cpus: 0 }).cpu)).toBe('EINVAL the machine has no CPU');
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
          // The control registers of floating point too.
          a.emit('mrs', x5, 'fpcr').emit('msr', 'cpacr_el1', xzr).emit('isb').emit('mrs', x6, 'fpcr');
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
  function faultWith(bits: bigint, program: (a: Assembler) => void, vectors = true, user = false): bigint {
    const attributes = { type: 'Normal', writable: true, executable: true, user } as const;
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
    a.emit('add.imm', sp, x1, 8).emit('ldr', x2, sp, 0).emit('add.imm', sp, x1, 16).emit('ldp', x2, x3, sp, 0);

  test('A: unaligned accesses to Normal memory', () => {
    expect(faultWith(0n, unaligned)).toBe(0n);
    expect(faultWith(A, unaligned)).toBe(0x9600_0021n);
    expect(faultWith(A, (a) => a.emit('ldp', x2, x3, x1, 8))).toBe(0n);
  });

  test('SA: SP that is not a multiple of 16, of loads and stores through it alone', () => {
    expect(faultWith(0n, throughStack)).toBe(0n);
    expect(faultWith(SA, throughStack)).toBe(0x9a00_0000n);
    expect(faultWith(SA, (a) => a.emit('add.imm', sp, x1, 8).emit('ldr', x2, x1, 0))).toBe(0n);
  });

  test('EE: another byte order is not modelled, and said to be', () => {
    expect(() => faultWith(EE, () => {})).toThrow(/big-endian data, which is not modelled/);
  });

  test('WXN: what is writable is not executed: not even the next instruction', () => {
    const nothing = (a: Assembler): unknown => a.emit('nop');
    expect(faultWith(0n, nothing, false)).toBe(0n);
    expect(() => faultWith(WXN, nothing, false)).toThrow(/permission-fault.*execute-never/);
  });

  test('what EL0 may write is not executed at EL1, whatever PXN says', () => {
    expect(() => faultWith(0n, (a) => a.emit('nop'), false, true)).toThrow(/permission-fault.*execute-never/);
  });

  test('a PC that is not a multiple of 4, by a branch or by ERET', () => {
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

  test('firmware answers what it does not know, by SMC and by HVC, at either level', () => {
    const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
    const call = (level: ExceptionLevel, conduit: 'hvc' | 'smc') => (): bigint => {
      const program = (a: Assembler): void => {
        load(a, x0, 0x1234_5678n);
        a.emit(conduit, 3).emit('orr', x1, xzr, x0, 0);
      };
      return end(boot(program, { level })).cpu.registers.get(x1);
    };
    expect(call(1, 'hvc')()).toBe(NOT_SUPPORTED);
    expect(call(2, 'smc')()).toBe(NOT_SUPPORTED);
    // Without EL2 there is no EL3 either; EL2 itself answers HVC.
    expect(call(1, 'smc')).toThrow(/undefined-instruction/);
    expect(call(2, 'hvc')).toThrow(/system-call/);
    // A CPU alone has no firmware, and SMC is never taken to its own level.
    const memory = new PhysicalMemory([{ start: CODE, end: CODE + 0xfffn }]);
    memory.frame(Number(CODE >> 12n))?.memory.set(new Assembler().emit('smc', 0).words());
    const cpu = new Cpu(memory, 2);
    cpu.system.write('vbar_el2', CODE);
    cpu.system.synchronize();
    cpu.pc = CODE;
    expect(() => cpu.run(1)).toThrow(/system-call.*no firmware/);
  });

  test('WFI ends where an interrupt is pending, masked or not, or comes', () => {
    const sleeps = (a: Assembler): unknown => a.emit('wfi').emit('movz', x1, 1).emit('wfi').emit('movz', x1, 2);
    for (const after of [0, 3, 1_000_000]) {
      const machine = end(boot(sleeps, { machine: { interrupts: { irq: after } } }));
      expect(machine.cpu.registers.get(x1)).toBe(2n);
    }
    expect(boot(sleeps).run(100).reason).toBe('idle');
  });

  test('what HCR_EL2 routes to EL2 is not masked below it', () => {
    const IMO = 1n << 4n;
    const taken = (hcr: bigint): bigint => {
      const machine = boot(
        (a) => {
          setVectors(a, 2);
          write(a, 'hcr_el2', hcr);
          load(a, x0, 0x3c5n);
          a.emit('movz', x1, 0).emit('msr', 'spsr_el2', x0).emit('adr', x0, 'el1').emit('msr', 'elr_el2', x0);
          a.emit('eret').label('el1').emit('nop').emit('nop');
        },
        { level: 2, vectors: { 1152: (a) => a.emit('movz', x1, 7).emit('b', 0) }, machine: { interrupts: { irq: 0 } } },
      );
      machine.run(1000);
      return machine.cpu.registers.get(x1);
    };
    expect(taken((1n << 31n) | IMO)).toBe(7n);
    expect(taken(1n << 31n)).toBe(0n);
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

  test('a snapshot keeps the interrupts that are to come, and what the exclusive monitor marks', () => {
    const machine = boot(
      (a) => {
        a.emit('msr.daifclr', 15);
        for (let at = 0; at < 20; at++) a.emit('nop');
      },
      { machine: { interrupts: { irq: 5 } } },
    );
    const before = machine.snapshot();
    const taken = (): bigint => {
      expect(() => machine.run(15)).toThrow(/interrupt/);
      return machine.cpu.pc;
    };
    expect(taken()).toBe(CODE + 20n);
    machine.cpu.exclusive.mark(0x1000, 8);
    machine.restore(before);
    expect(machine.cpu.exclusive.take(0x1000, 8)).toBe(false);
    expect(taken()).toBe(CODE + 20n);
  });
});

test('what is loaded may be a Buffer: a part of a larger piece of memory', () => {
  const machine = new Machine({ ram: [{ start: 0x4000_0000n, end: 0x4000_ffffn }] });
  const pool = Buffer.alloc(64, 0xee);
  pool.writeUInt32LE(0x1234_5678, 12);
  machine.load(0x4000_0000n, pool.subarray(12, 16));
  const [word, behind] = machine.memory.frame(0x40000)?.memory ?? [];
  expect(word).toBe(0x1234_5678);
  expect(behind).not.toBe(0xeeee_eeee);
});
