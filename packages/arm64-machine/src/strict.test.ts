import { Assembler, x0, x1, x2, x3, x4, x5, x6, x7 } from '@kexeckit/a64';
import {
  type Attributes,
  buildTables,
  countTables,
  type Mapping,
  type Space,
  translationRegisters,
} from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import { barrierOf, OUTER } from './barrier.ts';
import type { Frame } from './frame.ts';
import { Cpu, Machine, MachineFault, PhysicalMemory, type RuleName, rules } from './index.ts';

const RAM = { start: 0x4000_0000n, end: 0x40ff_ffffn };
const CODE = 0x4000_0000n;
const SCRATCH = 0x4000_8000n;
const DATA = 0x4010_0000n;
const ALIAS = 0x4080_0000n;
const TABLES = 0x4020_0000n;
const UART = 0x0900_0000n;
const SEEDS = [undefined, 1, 2, 3, 4, 5, 6, 7, 8];

const normal: Attributes = { type: 'Normal', writable: true, executable: false };
const uncached: Attributes = { ...normal, type: 'Normal-NC' };
const device: Attributes = { ...normal, type: 'Device-nGnRE' };
const code: Attributes = { type: 'Normal', writable: false, executable: true };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };

/** All level 3, so that a test knows which descriptor is whose. */
const identity = (address: bigint, size: bigint, attributes: Attributes, pa = address): Mapping => ({
  va: address,
  pa,
  size,
  attributes,
  largestLevel: 3,
  contiguous: false,
});

const MAPPINGS = [
  identity(CODE, 0x8000n, code),
  identity(SCRATCH, 0x4000n, { ...normal, executable: true }),
  identity(DATA, 0x4000n, normal),
  identity(TABLES, 0x10_000n, normal),
];

function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

const SCTLR_OFF = 0x30500800n;
const SCTLR_ON = SCTLR_OFF | 0x1005n;

function turnOn(a: Assembler): void {
  const { ttbr, tcr, mair } = translationRegisters(space, TABLES);
  for (const [name, value] of [
    ['ttbr0_el1', ttbr],
    ['tcr_el1', tcr],
    ['mair_el1', mair],
  ] as const) {
    load(a, x0, value);
    a.emit('msr', name, x0);
  }
  a.emit('isb').emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('isb');
  load(a, x0, SCTLR_ON);
  a.emit('msr', 'sctlr_el1', x0).emit('isb');
}

function turnOff(a: Assembler, isb = true): void {
  load(a, x0, SCTLR_OFF);
  a.emit('msr', 'sctlr_el1', x0);
  if (isb) a.emit('isb');
}

/** Runs a program under tables, x1 at DATA; what it broke, or null. */
function verdict(
  program: (a: Assembler) => void,
  { mappings = MAPPINGS, seed, mmu = true }: { mappings?: Mapping[]; seed?: number | undefined; mmu?: boolean } = {},
): { fault: MachineFault | null; machine: Machine } {
  const a = new Assembler();
  if (mmu) turnOn(a);
  load(a, x1, DATA);
  program(a);
  a.label('end').emit('nop');
  const machine = new Machine({ ram: [RAM], console: UART, ...(seed === undefined ? {} : { seed }) });
  machine.load(CODE, a.words());
  const pages = Array.from({ length: countTables(space, mappings) }, (_, i) => Number(TABLES >> 12n) + i);
  buildTables(space, mappings, pages, {
    page: (page) => machine.memory.frame(page)?.memory ?? new Uint32Array(),
  });
  machine.cpu.pc = CODE;
  machine.cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
  try {
    expect(machine.run(100_000).reason).toBe('breakpoint');
    return { fault: null, machine };
  } catch (error) {
    if (error instanceof MachineFault) return { fault: error, machine };
    throw error;
  }
}

/** Physical address of the level-3 descriptor of a page of DATA: the tables are known to the byte. */
function descriptorOf(address: bigint, mappings: Mapping[] = MAPPINGS): bigint {
  const { machine } = verdict(() => {}, { mappings });
  const [walk] = [...machine.cpu.mmu.explain(Number(address >> 12n))].slice(-1);
  if (walk === undefined) throw new Error('not mapped');
  return walk;
}

/** Stores an invalid descriptor, or one with other bits, over that of `address`. */
function change(a: Assembler, address: bigint, value: bigint): void {
  load(a, x5, descriptorOf(address));
  load(a, x6, value);
  a.emit('str', x6, x5, 0);
}

const page = (pa: bigint, high = 0x60_0000n): bigint => (high << 32n) | pa | 0x703n;
const tlbi = (a: Assembler, address: bigint): void => {
  load(a, x4, address >> 12n);
  a.emit('sys', 'tlbi vae1', x4);
};

const store = (a: Assembler): void => {
  a.emit('movz', x2, 77, 0).emit('str', x2, x1, 0);
};

interface Case {
  readonly rule: RuleName;
  readonly breaks: (a: Assembler) => void;
  readonly keeps: (a: Assembler) => void;
  readonly mappings?: Mapping[];
  readonly keptMappings?: Mapping[];
  readonly mmu?: boolean;
}

/** Code that writes a word over one it runs, twice through: `clean` is what stands between writing and running. */
const patching = (clean: (a: Assembler) => void) => (a: Assembler) => {
  const words = [0xd2800025, 0xd65f03c0]; // mov x5, #1; ret
  load(a, x2, SCRATCH);
  const write = (first: number): void => {
    load(a, x3, (BigInt(words[1] ?? 0) << 32n) | BigInt(first));
    a.emit('str', x3, x2, 0);
  };
  write(words[0] ?? 0);
  a.emit('sys', 'dc cvau', x2).emit('dsb', 'ish').emit('sys', 'ic ivau', x2).emit('dsb', 'ish').emit('isb');
  a.emit('blr', x2);
  write(0xd2800045); // mov x5, #2
  clean(a);
  a.emit('blr', x2);
};

/** Writes RET and calls it. */
const callWritten = (a: Assembler): void => {
  load(a, x2, SCRATCH);
  load(a, x3, 0xd65f03c0n);
  a.emit('str.w', x3, x2, 0).emit('sys', 'dc cvau', x2).emit('dsb', 'sy').emit('sys', 'ic ivau', x2);
  a.emit('dsb', 'sy').emit('isb').emit('blr', x2);
};
const withoutScratch = MAPPINGS.filter(({ va }) => va !== SCRATCH);

const CASES: Case[] = [
  {
    rule: 'dirty-line-bypassed',
    breaks: (a) => {
      store(a);
      turnOff(a);
      a.emit('ldr', x3, x1, 0);
    },
    keeps: (a) => {
      store(a);
      a.emit('sys', 'dc civac', x1).emit('dsb', 'sy');
      turnOff(a);
      a.emit('ldr', x3, x1, 0);
    },
  },
  {
    rule: 'maintenance-without-dsb',
    mmu: false,
    breaks: (a) => {
      a.emit('sys', 'dc civac', x1);
      store(a);
    },
    keeps: (a) => {
      // Another line needs no barrier; this one does.
      a.emit('sys', 'dc civac', x1).emit('str', x2, x1, 64).emit('dsb', 'sy');
      store(a);
    },
  },
  {
    rule: 'stale-tlb',
    breaks: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, 0n);
      a.emit('dsb', 'ishst').emit('isb').emit('ldr', x3, x1, 0);
    },
    keeps: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, 0n);
      a.emit('dsb', 'ishst');
      tlbi(a, DATA);
      a.emit('dsb', 'ish').emit('isb').emit('ldr', x3, x1, 0x1000);
    },
  },
  {
    rule: 'tlbi-without-dsb',
    breaks: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, 0n);
      a.emit('dsb', 'ishst');
      tlbi(a, DATA);
      a.emit('ldr', x3, x1, 0);
    },
    keeps: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, 0n);
      a.emit('dsb', 'ishst');
      tlbi(a, DATA);
      a.emit('dsb', 'ish').emit('isb');
      change(a, DATA, page(DATA));
      a.emit('dsb', 'ishst').emit('isb').emit('ldr', x3, x1, 0);
    },
  },
  {
    rule: 'table-store-without-dsb',
    breaks: (a) => {
      a.emit('ldr', x3, x1, 0);
      // The walker may still read the old descriptor when the entry is dropped.
      change(a, DATA, 0n);
      tlbi(a, DATA);
      a.emit('dsb', 'ish').emit('isb').emit('ldr', x3, x1, 0);
    },
    keeps: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, 0n);
      a.emit('dsb', 'ishst');
      tlbi(a, DATA);
      a.emit('dsb', 'ish').emit('isb');
      change(a, DATA, page(DATA));
      a.emit('dsb', 'ishst').emit('isb').emit('ldr', x3, x1, 0);
    },
  },
  {
    rule: 'stale-instruction',
    breaks: patching(() => {}),
    keeps: patching((a) =>
      a.emit('sys', 'dc cvau', x2).emit('dsb', 'ish').emit('sys', 'ic ivau', x2).emit('dsb', 'ish').emit('isb'),
    ),
  },
  {
    rule: 'missing-isb',
    breaks: (a) => {
      turnOff(a, false);
      a.emit('ldr', x3, x1, 0);
    },
    keeps: (a) => {
      turnOff(a);
      a.emit('ldr', x3, x1, 0);
    },
  },
  {
    rule: 'break-before-make',
    breaks: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, page(DATA + 0x1000n));
      a.emit('dsb', 'ishst');
      tlbi(a, DATA);
      a.emit('dsb', 'ish').emit('isb').emit('ldr', x3, x1, 0);
    },
    keeps: (a) => {
      a.emit('ldr', x3, x1, 0);
      change(a, DATA, 0n);
      a.emit('dsb', 'ishst');
      tlbi(a, DATA);
      a.emit('dsb', 'ish').emit('isb');
      change(a, DATA, page(DATA + 0x1000n));
      a.emit('dsb', 'ishst').emit('isb').emit('ldr', x3, x1, 0);
    },
  },
  {
    rule: 'mismatched-attributes',
    mappings: [...MAPPINGS, identity(ALIAS, 0x1000n, uncached, DATA)],
    keptMappings: [...MAPPINGS, identity(ALIAS, 0x1000n, normal, DATA)],
    breaks: (a) => {
      store(a);
      load(a, x7, ALIAS);
      a.emit('ldr', x3, x7, 0);
    },
    keeps: (a) => {
      store(a);
      load(a, x7, ALIAS);
      a.emit('ldr', x3, x7, 0);
    },
  },
  {
    rule: 'uncached-exclusive',
    mappings: [...MAPPINGS, identity(ALIAS, 0x1000n, uncached)],
    breaks: (a) => {
      load(a, x7, ALIAS);
      a.emit('ldxr', x3, x7);
    },
    keeps: (a) => {
      a.label('again').emit('ldxr', x3, x1).emit('stxr', x4, x3, x1).emit('cbnz.w', x4, 'again');
    },
  },
  {
    rule: 'device-fetch',
    mappings: [...withoutScratch, identity(SCRATCH, 0x1000n, { ...device, executable: true })],
    keptMappings: MAPPINGS,
    breaks: callWritten,
    keeps: callWritten,
  },
  {
    rule: 'unmodelled-control',
    breaks: (a) => {
      // Single steps.
      a.emit('movz', x0, 1, 0).emit('msr', 'mdscr_el1', x0);
    },
    keeps: (a) => {
      a.emit('movz', x0, 0x1000, 0).emit('msr', 'mdscr_el1', x0);
    },
  },
  {
    rule: 'unpredictable-form',
    breaks: (a) => {
      a.emit('ldp', x2, x2, x1, 0);
    },
    keeps: (a) => {
      a.emit('ldp', x2, x1, x1, 0);
    },
  },
  {
    rule: 'device-speculation',
    mappings: [...MAPPINGS, identity(UART, 0x1000n, normal)],
    keptMappings: [...MAPPINGS, identity(UART, 0x1000n, device)],
    breaks: (a) => {
      // The program itself never goes near the console.
      load(a, x3, 20_000n);
      a.label('wait').emit('subs.imm', x3, x3, 1).emit('b.cond', 'ne', 'wait');
    },
    keeps: (a) => {
      load(a, x3, 20_000n);
      a.label('wait').emit('subs.imm', x3, x3, 1).emit('b.cond', 'ne', 'wait');
    },
  },
];

describe('rules that emulators do not keep', () => {
  test.each(CASES)('$rule is reported with its place and section', ({ rule, breaks, mappings, mmu }) => {
    // Speculation needs someone who speculates.
    const { fault } = verdict(breaks, {
      ...(mappings && { mappings }),
      ...(mmu === false && { mmu }),
      ...(rule === 'device-speculation' && { seed: 1 }),
    });
    expect(fault?.message ?? 'nothing').toContain(rule);
    expect(fault?.kind).toBe(rule);
    expect(fault?.section).toBe(rules[rule].section);
    expect(fault?.code).toBe('EPROTO');
    expect(fault?.hint).toContain(rules[rule].hint);
    expect(fault?.message).not.toContain(rules[rule].hint);
    // What is refused a fetch was never read.
    expect(fault?.instruction === '').toBe(rule === 'device-fetch');
    expect(fault && fault.pc >= CODE && fault.pc < SCRATCH + 0x1000n).toBe(true);
  });

  test.each(CASES)('$rule: the correct program passes under every seed', ({ keeps, mappings, keptMappings, mmu }) => {
    const chosen = keptMappings ?? mappings;
    for (const seed of SEEDS) {
      const options = { seed, ...(chosen && { mappings: chosen }), ...(mmu === false && { mmu }) };
      expect(verdict(keeps, options).fault?.message).toBeUndefined();
    }
  });

  test('an ISB may be fetched between two runs: MSR and ISB need not be executed together', () => {
    const { machine } = verdict((a) => turnOff(a));
    const end = machine.cpu.pc;
    machine.cpu.reset(1);
    machine.cpu.pc = CODE;
    for (let step = 0; step < 100 && machine.cpu.pc !== end; step++) machine.step();
    expect(machine.cpu.pc).toBe(end);
  });

  test('speculation that leads to no RAM', () => {
    const mappings = [...MAPPINGS, identity(0x8000_0000n, 0x1000n, normal)];
    const wait = (a: Assembler): void => {
      load(a, x3, 20_000n);
      a.label('wait').emit('subs.imm', x3, x3, 1).emit('b.cond', 'ne', 'wait');
    };
    expect(verdict(wait, { mappings, seed: 1 }).fault?.kind).toBe('device-speculation');
    expect(verdict(wait, { seed: 1 }).fault).toBeNull();
  });

  test('speculative fetches go to a device that is not execute-never, which nobody accesses', () => {
    const spin = (a: Assembler): void => {
      load(a, x3, 20_000n);
      a.label('wait').emit('subs.imm', x3, x3, 1).emit('b.cond', 'ne', 'wait');
    };
    const executable = [...MAPPINGS, identity(UART, 0x1000n, { ...device, executable: true })];
    expect(verdict(spin, { mappings: executable, seed: 1 }).fault?.kind).toBe('device-speculation');
    // Device memory that is RAM may be fetched from: nobody minds.
    const harmless = [...MAPPINGS, identity(ALIAS, 0x1000n, { ...device, executable: true })];
    expect(verdict(spin, { mappings: harmless, seed: 1 }).fault).toBeNull();
    const touch = (a: Assembler): void => {
      load(a, x7, UART);
      a.emit('ldr.w', x3, x7, 0x18);
    };
    expect(verdict(touch, { mappings: executable }).fault?.kind).toBe('device-speculation');
  });

  test('a fetch from a device, with the MMU off', () => {
    const jump = (a: Assembler): void => {
      load(a, x7, UART);
      a.emit('br', x7);
    };
    expect(verdict(jump, { mmu: false }).fault?.kind).toBe('device-fetch');
  });

  test('atomic and exclusive accesses need a data cache that is on', () => {
    for (const access of [
      (a: Assembler) => a.emit('ldxr', x3, x1),
      (a: Assembler) => a.emit('swp', '', x2, x3, x1),
      (a: Assembler) => a.emit('casp', '', x2, x4, x1),
    ]) {
      const cachesOff = (a: Assembler): void => {
        load(a, x0, SCTLR_OFF | 1n);
        a.emit('msr', 'sctlr_el1', x0).emit('isb');
        access(a);
      };
      expect(verdict(cachesOff).fault?.kind).toBe('uncached-exclusive');
      expect(verdict(access, { mmu: false }).fault?.kind).toBe('uncached-exclusive');
      expect(verdict(access).fault).toBeNull();
    }
  });

  test('walks for the upper half go through the cache as ORGN1 and IRGN1 say', () => {
    const UPPER = 0xffff_ff80_0000_0000n;
    const ROOT = TABLES + 0x8000n;
    const NON_CACHEABLE = 0n;
    const WRITE_BACK = 0x500_0000n;
    const walk = (attributes: bigint, clean: boolean) => (a: Assembler) => {
      // T1SZ 25, 4 KiB; no EPD1.
      a.emit('mrs', x2, 'tcr_el1');
      load(a, x3, (1n << 23n) | 0xf00_0000n | (0x3fn << 16n) | (3n << 30n));
      a.emit('bic', x2, x2, x3, 0);
      load(a, x3, (25n << 16n) | (2n << 30n) | attributes);
      a.emit('orr', x2, x2, x3, 0).emit('msr', 'tcr_el1', x2);
      load(a, x3, ROOT);
      // A block of a gigabyte, as the page of DATA is.
      load(a, x4, page(0x4000_0000n) & ~2n);
      a.emit('str', x4, x3, 0).emit('msr', 'ttbr1_el1', x3);
      if (clean) a.emit('sys', 'dc cvac', x3);
      a.emit('dsb', 'sy').emit('isb');
      load(a, x7, UPPER + (DATA & 0x3fff_ffffn));
      a.emit('ldr', x3, x7, 0);
    };
    expect(verdict(walk(NON_CACHEABLE, false)).fault?.kind).toBe('dirty-line-bypassed');
    expect(verdict(walk(NON_CACHEABLE, true)).fault).toBeNull();
    expect(verdict(walk(WRITE_BACK, false)).fault).toBeNull();
  });

  test('IC before the DSB that completes DC drops what it has fetched in vain', () => {
    const dc = (operation: 'dc cvau' | 'dc cvac' | 'dc civac', dsb: boolean, all: boolean) =>
      patching((a) => {
        a.emit('sys', operation, x2);
        if (dsb) a.emit('dsb', 'ish');
        if (all) a.emit('sys.bare', 'ic ialluis');
        else a.emit('sys', 'ic ivau', x2);
        a.emit('dsb', 'ish').emit('isb');
      });
    for (const operation of ['dc cvau', 'dc cvac', 'dc civac'] as const)
      for (const all of [true, false]) {
        expect(verdict(dc(operation, true, all)).fault).toBeNull();
        expect(verdict(dc(operation, false, all)).fault?.kind).toBe('stale-instruction');
      }
    // A second IC behind the DSB mends it.
    const again = patching((a) => {
      for (let time = 0; time < 2; time++) a.emit('sys', 'dc cvau', x2).emit('sys', 'ic ivau', x2).emit('dsb', 'ish');
      a.emit('isb');
    });
    expect(verdict(again).fault).toBeNull();
  });

  test('a table that is stored to with the MMU off needs a DSB before the MMU is on', () => {
    const stored = (dsb: boolean, isTable: boolean) => (a: Assembler) => {
      // The last descriptor is used by nobody.
      load(a, x7, isTable ? descriptorOf(CODE) : descriptorOf(TABLES + 0xf000n) + 0x100n);
      a.emit('ldr', x6, x7, 0).emit('str', x6, x7, 0);
      if (dsb) a.emit('dsb', 'ishst');
      for (const [name, value] of Object.entries(translationRegisters(space, TABLES))) {
        load(a, x0, value);
        a.emit('msr', `${name === 'ttbr' ? 'ttbr0' : name === 'tcr' ? 'tcr' : 'mair'}_el1`, x0);
      }
      a.emit('isb');
      load(a, x0, SCTLR_ON);
      a.emit('msr', 'sctlr_el1', x0).emit('isb');
    };
    expect(verdict(stored(false, true), { mmu: false }).fault?.kind).toBe('table-store-without-dsb');
    expect(verdict(stored(true, true), { mmu: false }).fault).toBeNull();
    expect(verdict(stored(false, false), { mmu: false }).fault).toBeNull();
  });

  test('IC before the DSB that completes a store or DC leaves what is old of a frame that was never fetched from', () => {
    /** Stores past or through the cache to a frame of which old instructions are held, then invalidates them all. */
    const held = (mmu: boolean, dsb: boolean): boolean => {
      const a = new Assembler();
      load(a, x1, SCRATCH);
      a.emit('str', x2, x1, 0);
      if (mmu) a.emit('sys', 'dc civac', x1);
      if (dsb) a.emit('dsb', 'sy');
      a.emit('sys.bare', 'ic iallu').emit('dsb', 'sy').emit('isb').label('end').emit('nop');
      const { machine } = verdict(mmu ? () => {} : (b) => b.emit('nop'), { mmu });
      machine.load(CODE + 0x1000n, a.words());
      machine.cpu.leaveOldInstructions(Number(SCRATCH >> 12n));
      machine.cpu.pc = CODE + 0x1000n;
      machine.cpu.breakAt(CODE + 0x1000n + BigInt(a.offsetOf('end')));
      expect(machine.run(100).reason).toBe('breakpoint');
      return machine.cpu.holdsOldInstructions(Number(SCRATCH >> 12n));
    };
    for (const mmu of [true, false]) expect([held(mmu, false), held(mmu, true)]).toEqual([true, false]);
  });

  describe('mappings that do not agree', () => {
    const [A, B, C] = [ALIAS, ALIAS + 0x1000n, ALIAS + 0x2000n];
    const touch = (a: Assembler, address: bigint): void => {
      load(a, x7, address);
      a.emit('ldr', x3, x7, 0);
    };
    const forget = (a: Assembler, address: bigint): void => {
      tlbi(a, address);
      a.emit('dsb', 'nsh').emit('isb');
    };
    const kindOf = (program: (a: Assembler) => void, ...last: Attributes[]): string | undefined => {
      const all = [normal, normal, ...last].map((attributes, at) =>
        identity(A + 0x1000n * BigInt(at), 0x1000n, attributes, DATA),
      );
      return verdict(program, { mappings: [...MAPPINGS.filter(({ va }) => va !== DATA), ...all] }).fault?.kind;
    };

    test('are found through any page that is still live', () => {
      const program = (last: (a: Assembler) => void) => (a: Assembler) => {
        touch(a, A);
        touch(a, B);
        forget(a, B);
        last(a);
        touch(a, C);
      };
      expect(
        kindOf(
          program(() => {}),
          uncached,
        ),
      ).toBe('mismatched-attributes');
      expect(
        kindOf(
          program((a) => forget(a, A)),
          uncached,
        ),
      ).toBeUndefined();
      expect(
        kindOf(
          program(() => {}),
          normal,
        ),
      ).toBeUndefined();
    });

    test('in shareability too, where it counts', () => {
      const program = (a: Assembler): void => {
        touch(a, A);
        touch(a, C);
      };
      expect(kindOf(program, { ...normal, shareability: 'none' })).toBe('mismatched-attributes');
      expect(kindOf(program, { ...normal, shareability: 'outer' })).toBe('mismatched-attributes');
      expect(kindOf(program, { ...normal, shareability: 'inner' })).toBeUndefined();
    });
  });

  test('every rule has a case', () => {
    const covered = new Set<string>(CASES.map(({ rule }) => rule));
    expect(Object.keys(rules).filter((rule) => !covered.has(rule))).toEqual([]);
  });
});

describe('what ran before', () => {
  /** Turns the MMU on over an instruction cache and a TLB that hold an older program's leavings. */
  function turnedOn(maintain: (a: Assembler) => void, level: 1 | 2 = 1): MachineFault | 'breakpoint' {
    const regime = level === 1 ? 'EL1' : 'EL2';
    const here: Space = { ...space, regime };
    const a = new Assembler();
    const { ttbr, tcr, mair } = translationRegisters(here, TABLES);
    for (const [name, value] of [
      [`ttbr0_el${level}`, ttbr],
      [`tcr_el${level}`, tcr],
      [`mair_el${level}`, mair],
    ] as const) {
      load(a, x0, value);
      a.emit('msr', name, x0);
    }
    maintain(a);
    load(a, x0, (level === 1 ? SCTLR_OFF : 0x30c50830n) | 0x1005n);
    a.emit('msr', `sctlr_el${level}`, x0).emit('isb').label('end').emit('nop');
    const machine = new Machine({ ram: [RAM], exceptionLevel: level });
    machine.load(CODE, a.words());
    const tables = { page: (page: number) => machine.memory.frame(page)?.memory ?? new Uint32Array() };
    const pages = Array.from({ length: countTables(here, MAPPINGS) }, (_, i) => Number(TABLES >> 12n) + i);
    buildTables(here, MAPPINGS, pages, tables);
    const [first, other] = [Number(CODE >> 12n), Number(DATA >> 12n)];
    const frame = machine.memory.frame(other);
    if (frame === undefined) throw new Error('no RAM');
    machine.cpu.leaveOldInstructions(first);
    machine.cpu.mmu.leaveStale(first, {
      ...{ frame, pfn: other, writable: true, executable: true, cacheable: true, device: false },
    });
    machine.cpu.pc = CODE;
    machine.cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
    try {
      const { reason } = machine.run(1000);
      expect(reason).toBe('breakpoint');
      return 'breakpoint';
    } catch (error) {
      if (error instanceof MachineFault) return error;
      throw error;
    }
  }

  const tlbi = { 1: 'tlbi vmalle1', 2: 'tlbi alle2' } as const;

  test.each([1, 2] as const)('is gone after TLBI, IC, DSB and ISB: EL%i', (level) => {
    const all = (a: Assembler) =>
      a.emit('sys.bare', tlbi[level]).emit('sys.bare', 'ic iallu').emit('dsb', 'nsh').emit('isb');
    expect(turnedOn(all, level)).toBe('breakpoint');
  });

  test('old instructions are fetched as soon as the instruction cache is on', () => {
    const without = turnedOn((a) => a.emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('isb'));
    expect(without).toMatchObject({ kind: 'stale-instruction' });
    const late = turnedOn((a) =>
      a.emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('sys.bare', 'ic iallu').emit('isb'),
    );
    expect(late).toMatchObject({ kind: 'stale-instruction' });
  });

  test('the MMU is not turned on over registers that are still being written', () => {
    expect(turnedOn(() => {})).toMatchObject({ kind: 'missing-isb' });
  });

  test("a TLBI for EL1 leaves EL2's entries alone", () => {
    const wrong = turnedOn(
      (a) => a.emit('sys.bare', 'tlbi vmalle1').emit('sys.bare', 'ic iallu').emit('dsb', 'nsh').emit('isb'),
      2,
    );
    expect(wrong).toMatchObject({ kind: 'stale-tlb' });
  });

  test('a clean line under a store that goes past the cache is stale', () => {
    const stale = (operation: 'dc cvac' | 'dc civac') => {
      const { machine } = verdict((a) => {
        a.emit('ldr', x3, x1, 0).emit('sys', operation, x1).emit('dsb', 'sy');
        turnOff(a);
        store(a);
      });
      return machine.memory.frame(Number(DATA >> 12n))?.staleLines();
    };
    expect(stale('dc cvac')).toBe(1);
    expect(stale('dc civac')).toBe(0);
  });
});

describe('what hardware reports itself', () => {
  test('an unaligned access to Device memory is an alignment fault', () => {
    const mappings = [...MAPPINGS, identity(UART, 0x1000n, device)];
    const { fault } = verdict(
      (a) => {
        load(a, x7, UART + 2n);
        a.emit('ldr', x3, x7, 0);
      },
      { mappings },
    );
    expect(fault?.kind).toBe('alignment-fault');
    expect(fault?.section).toBeUndefined();
    expect(fault?.code).toBe('EFAULT');
    expect(fault?.hint).toBe('align the address, or map the memory as Normal');
    expect(fault?.message).not.toContain('align the address');
  });
});

describe('without strictness', () => {
  test('the same programs go through, as on an emulator', () => {
    const a = new Assembler();
    load(a, x1, DATA);
    patching(() => {})(a);
    a.label('end').emit('nop');
    const machine = new Machine({ ram: [RAM], strict: false });
    machine.load(CODE, a.words());
    machine.cpu.pc = CODE;
    machine.cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
    expect(machine.run(1000).reason).toBe('breakpoint');
    expect(machine.cpu.registers.get(x5)).toBe(2n);
  });
});

describe('lines that were accessed past the cache', () => {
  /** Stores to DATA again and again with the MMU off: after the first time no look at the line is needed. */
  function storing(): { readonly cpu: Cpu; readonly frame: Frame; readonly storeAgain: () => void } {
    const memory = new PhysicalMemory([RAM]);
    const a = new Assembler().emit('str', x2, x1, 0).emit('ldr', x3, x1, 0).label('end').emit('nop');
    memory.frame(Number(CODE >> 12n))?.memory.set(a.words());
    const frame = memory.frame(Number(DATA >> 12n));
    if (frame === undefined) throw new RangeError('no RAM');
    const cpu = new Cpu(memory, 1);
    cpu.registers.set(x1, DATA);
    cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
    const storeAgain = (): void => {
      for (let time = 0; time < 3; time++) {
        cpu.pc = CODE;
        cpu.run(10);
      }
    };
    storeAgain();
    return { cpu, frame, storeAgain };
  }

  test('count as uncached accesses, each of them', () => {
    expect(storing().cpu.counters.uncachedAccesses).toBe(6);
  });

  test('are looked at again when somebody made them dirty', () => {
    const { cpu, frame, storeAgain } = storing();
    frame.forWrite(0, cpu.counters);
    expect(storeAgain).toThrow(expect.objectContaining({ kind: 'dirty-line-bypassed' }));
  });

  test('are looked at again when they are maintained, until a DSB', () => {
    const { cpu, frame, storeAgain } = storing();
    frame.maintain(0, cpu.maintenance.dataCache.epochOf(OUTER));
    expect(storeAgain).toThrow(expect.objectContaining({ kind: 'maintenance-without-dsb' }));
    cpu.maintenance.complete(barrierOf('sy'), 0);
    expect(storeAgain).not.toThrow();
  });
});
