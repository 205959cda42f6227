import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MachineFault } from '../index.ts';
import { DATA, type OneCpu, oneCpu, READ_ONLY } from '../testing/one-cpu.ts';

const D = 1;
const S = 2;
const N = 3;
const SIZE = 0x2000;

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (Math.imul(at + 1, 0x9e3779b1) >>> 13) & 0xff);

function place(machine: OneCpu, to: number, from: number, count: number): void {
  machine.cpu.registers.set(D, DATA + BigInt(to));
  machine.cpu.registers.set(S, DATA + BigInt(from));
  machine.cpu.registers.set(N, BigInt(count));
}

const positions = fc.integer({ min: 0, max: 0x1000 });
const counts = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 0x1000 }));

describe('a memory copy', () => {
  test('CPYP, CPYM, CPYE copy as if through a buffer, however the ranges overlap', () => {
    const machine = oneCpu();
    fc.assert(
      fc.property(positions, positions, counts, (to, from, count) => {
        const memory = pattern(SIZE);
        machine.write(DATA, memory);
        place(machine, to, from, count);
        for (const part of ['cpyp', 'cpym', 'cpye'] as const) machine.execute(part, '', D, S, N);
        memory.copyWithin(to, from, from + count);
        expect(machine.read(DATA, SIZE)).toEqual(memory);
        expect(machine.cpu.registers.get(N)).toBe(0n);
        // Forwards the addresses come out at the ends, backwards at the starts (Arm ARM C6.2, CPYP: option A).
        const moved = to > from && to < from + count ? 0 : count;
        expect(machine.cpu.registers.get(D)).toBe(DATA + BigInt(to + moved));
        expect(machine.cpu.registers.get(S)).toBe(DATA + BigInt(from + moved));
      }),
      { seed: 20261124, numRuns: 40 },
    );
  });

  test('CPYF* copies forwards; between its parts the count is below zero and C is clear', () => {
    const machine = oneCpu();
    machine.write(DATA, pattern(SIZE));
    place(machine, 0x800, 3, 100);
    machine.cpu.c = 1;
    machine.execute('cpyfp', '', D, S, N);
    expect(machine.cpu.registers.get(N)).toBe(2n ** 64n - 100n);
    expect(machine.cpu.registers.get(D)).toBe(DATA + 0x800n + 100n);
    expect(machine.cpu.c).toBe(0);
    machine.execute('cpyfm', '', D, S, N);
    expect(BigInt.asIntN(64, machine.cpu.registers.get(N))).toBeLessThan(0n);
    machine.execute('cpyfe', '', D, S, N);
    expect(machine.read(DATA + 0x800n, 100)).toEqual(pattern(SIZE).subarray(3, 103));
  });

  test('after a fault it goes on where it was', () => {
    const machine = oneCpu();
    machine.write(DATA, pattern(SIZE));
    const to = Number(READ_ONLY - DATA) - 100;
    place(machine, to, 0, 200);
    machine.execute('cpyfp', '', D, S, N);
    expect(() => machine.execute('cpyfm', '', D, S, N)).toThrow(MachineFault);
    expect(machine.cpu.registers.get(N)).toBe(2n ** 64n - 100n);
    expect(machine.read(DATA + BigInt(to), 100)).toEqual(pattern(100));
  });

  test('a main part after another option’s prologue is refused', () => {
    const machine = oneCpu();
    place(machine, 0, 64, 16);
    machine.cpu.c = 1;
    expect(() => machine.execute('cpym', '', D, S, N)).toThrow(/another option/);
  });
});

describe('a memory set', () => {
  test.each(['set', 'setg'] as const)('%s fills so many bytes and no more', (stem) => {
    const machine = oneCpu();
    machine.write(DATA, pattern(0x400));
    machine.cpu.registers.set(D, DATA + 0x40n);
    machine.cpu.registers.set(N, 0x150n);
    machine.cpu.registers.set(S, 0x1abn);
    for (const part of ['p', 'm', 'e'] as const) machine.execute(`${stem}${part}`, '', D, N, S);
    expect(machine.read(DATA, 0x400)).toEqual(pattern(0x400).fill(0xab, 0x40, 0x190));
    expect(machine.cpu.registers.get(D)).toBe(DATA + 0x190n);
    expect(machine.cpu.registers.get(N)).toBe(0n);
  });

  test('SETG* keeps to whole tag granules', () => {
    const machine = oneCpu();
    place(machine, 8, 0, 16);
    expect(() => machine.execute('setgp', '', D, N, S)).toThrow(/alignment-fault/);
  });
});
