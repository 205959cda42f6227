import type { InstructionId } from '@kexeckit/a64';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MachineFault } from '../index.ts';
import { DATA, type OneCpu, oneCpu, READ_ONLY } from '../testing/one-cpu.ts';

const SEED = 20261124;

function faultOf(act: () => void): MachineFault {
  try {
    act();
  } catch (error) {
    if (error instanceof MachineFault) return error;
    throw error;
  }
  throw new Error('it did not fault');
}

const pattern = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (Math.imul(at + seed, 0x9e3779b1) >>> 13) & 0xff);

const little = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

const bytesOf = (value: bigint, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));

/** Every kind of access of one or more registers: mnemonic, bytes a register, registers, how a loaded one is extended. */
const accesses: readonly (readonly [stem: string, bytes: number, count: number, extend: 'zero' | 32 | 64])[] = [
  ['ldrb', 1, 1, 'zero'],
  ['ldrh', 2, 1, 'zero'],
  ['ldr.w', 4, 1, 'zero'],
  ['ldr', 8, 1, 'zero'],
  ['ldrsb', 1, 1, 64],
  ['ldrsb.w', 1, 1, 32],
  ['ldrsh', 2, 1, 64],
  ['ldrsh.w', 2, 1, 32],
  ['ldrsw', 4, 1, 64],
  ['ldp', 8, 2, 'zero'],
  ['ldp.w', 4, 2, 'zero'],
  ['ldpsw', 4, 2, 64],
  ['ldr.d', 8, 1, 'zero'],
  ['ldr.q', 16, 1, 'zero'],
  ['ldp.d', 8, 2, 'zero'],
  ['ldp.q', 16, 2, 'zero'],
];

/** The name of an access with a mode: the mode comes before the width. */
const named = (stem: string, mode: '' | 'post' | 'pre'): string => {
  const [name = '', width] = stem.split('.');
  const kind = width === 'd' || width === 'q' ? `${name}.${width}` : name;
  return [kind, ...(mode === '' ? [] : [mode]), ...(width === 'w' ? ['w'] : [])].join('.');
};

const isId = (id: string): id is InstructionId => id.length > 0;

function run(machine: OneCpu, id: string, ...operands: readonly (number | string)[]): void {
  if (isId(id)) machine.execute(id, ...operands);
}

const registersOf = (
  stem: string,
  { cpu }: OneCpu,
): { get(at: number): bigint; set(at: number, value: bigint): void } =>
  /\.[dq]$/.test(stem) ? cpu.vectors : cpu.registers;

function extended(value: bigint, bytes: number, extend: 'zero' | 32 | 64): bigint {
  return extend === 'zero' ? value : BigInt.asUintN(extend, BigInt.asIntN(8 * bytes, value));
}

const modes = fc.constantFrom('' as const, 'post' as const, 'pre' as const);
/** Around the end of a line, and around the end of a page. */
const places = fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 4050, max: 4110 }));

describe.each(accesses)('%s', (stem, bytes, count, extend) => {
  const machine = oneCpu();
  const registers = registersOf(stem, machine);
  const around = 160;

  test('loads from any address as from an array of bytes, and moves its base', () => {
    fc.assert(
      fc.property(modes, places, fc.integer({ min: -8, max: 7 }), fc.nat(), (mode, place, step, seed) => {
        const immediate = mode === '' ? 0 : step * bytes;
        const start = DATA + BigInt(place + 64);
        const memory = pattern(around, seed);
        machine.write(start - 64n, memory);
        machine.cpu.registers.set(9, start - BigInt(mode === 'pre' ? immediate : 0));
        run(machine, named(stem, mode), ...[1, 2].slice(0, count), 9, immediate);
        for (let at = 0; at < count; at++) {
          const value = little(memory.subarray(64 + at * bytes, 64 + (at + 1) * bytes));
          expect(registers.get(1 + at)).toBe(extended(value, bytes, extend));
        }
        expect(machine.cpu.registers.get(9)).toBe(start + BigInt(mode === 'post' ? immediate : 0));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  if (extend !== 'zero') return;

  test('stores to any address, and nothing beside it', () => {
    const store = stem.replace('ld', 'st');
    fc.assert(
      fc.property(modes, places, fc.integer({ min: -8, max: 7 }), fc.nat(), (mode, place, step, seed) => {
        const immediate = mode === '' ? 0 : step * bytes;
        const start = DATA + BigInt(place + 64);
        const memory = pattern(around, seed);
        machine.write(start - 64n, memory);
        machine.cpu.registers.set(9, start - BigInt(mode === 'pre' ? immediate : 0));
        for (let at = 0; at < count; at++) {
          const value = little(pattern(16, seed + 7 * at));
          registers.set(1 + at, value);
          memory.set(bytesOf(value, bytes), 64 + at * bytes);
        }
        run(machine, named(store, mode), ...[1, 2].slice(0, count), 9, immediate);
        expect(machine.read(start - 64n, around)).toEqual(memory);
        expect(machine.cpu.registers.get(9)).toBe(start + BigInt(mode === 'post' ? immediate : 0));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

describe('an access that goes on in another page', () => {
  test('stores nothing and moves no register where the second page may not be written', () => {
    const machine = oneCpu();
    const start = READ_ONLY - 5n;
    machine.write(start - 16n, pattern(32));
    for (const [id, operands] of [
      ['str.post', [1, 9, 8]],
      ['stp.post', [1, 2, 9, 16]],
      ['str.q.post', [1, 9, 16]],
      ['st1.x4.post', ['16b', 1, 9]],
    ] as const) {
      machine.cpu.registers.set(9, start);
      expect(faultOf(() => machine.execute(id, ...operands))).toMatchObject({
        kind: 'permission-fault',
        address: READ_ONLY,
      });
      expect(machine.read(start - 16n, 32)).toEqual(pattern(32));
      expect(machine.cpu.registers.get(9)).toBe(start);
    }
  });

  test('faults at the page where nothing is', () => {
    const machine = oneCpu();
    machine.cpu.registers.set(9, READ_ONLY + 0xffcn);
    expect(faultOf(() => machine.execute('ldr', 1, 9, 0))).toMatchObject({
      kind: 'translation-fault',
      address: READ_ONLY + 0x1000n,
    });
  });
});

test.each([
  ['ldrh', 1n],
  ['ldr.w', 2n],
  ['ldr', 4n],
  ['ldr.q', 8n],
] as const)('%s of Device memory faults where it is not aligned', (id, by) => {
  const machine = oneCpu('off');
  machine.cpu.registers.set(9, DATA + by);
  expect(faultOf(() => machine.execute(id, 1, 9, 0)).kind).toBe('alignment-fault');
  machine.cpu.registers.set(9, DATA + 16n);
  expect(() => machine.execute(id, 1, 9, 0)).not.toThrow();
});

describe('exclusive accesses', () => {
  test('a store succeeds once after a load of the same bytes, else tells that it did not', () => {
    const machine = oneCpu();
    const { cpu } = machine;
    const status = (store: InstructionId, at: bigint): bigint => {
      cpu.registers.set(9, DATA + at);
      machine.execute(store, 3, 1, 9);
      return cpu.registers.get(3);
    };
    cpu.registers.set(9, DATA);
    cpu.registers.set(1, 42n);
    machine.execute('ldaxr', 2, 9);
    expect(status('stlxr', 0n)).toBe(0n);
    expect(status('stxr', 0n)).toBe(1n);
    cpu.registers.set(9, DATA);
    machine.execute('ldxr', 2, 9);
    expect(cpu.registers.get(2)).toBe(42n);
    expect(status('stxr.w', 0n)).toBe(1n);
    cpu.registers.set(9, DATA);
    machine.execute('ldxr', 2, 9);
    expect(status('stxr', 8n)).toBe(1n);
    cpu.registers.set(9, DATA);
    machine.execute('ldxr', 2, 9);
    machine.execute('clrex');
    expect(status('stxr', 0n)).toBe(1n);
  });

  test.each([
    ['ldxr', [1, 9]],
    ['ldar', [1, 9]],
    ['ldadd', ['', 1, 2, 9]],
    ['casp', ['', 0, 2, 9]],
  ] as const)('%s of Normal memory must be aligned all the same', (id, operands) => {
    const machine = oneCpu();
    machine.cpu.registers.set(9, DATA + 4n);
    expect(faultOf(() => machine.execute(id, ...operands))).toMatchObject({
      kind: 'alignment-fault',
      address: DATA + 4n,
    });
  });
});
