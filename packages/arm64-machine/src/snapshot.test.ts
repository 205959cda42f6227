import { type Assembler, x1, x2, x3, x4 } from '@kexeckit/a64';
import { describe, expect, test } from 'vitest';
import type { Machine } from './machine.ts';
import { boot, DATA, end, load, UART } from './testing/boot.ts';

const PAGE = 0x1000n;

/** Stores the number of each turn to a page of its own, and writes it to the console. */
function countPages(a: Assembler): void {
  load(a, x1, DATA);
  load(a, x4, UART);
  a.emit('movz', x2, 0, 0).emit('movz', x3, 8, 0);
  a.label('turn').emit('str', x2, x1, 0).emit('add.imm12', x1, x1, 1).emit('add.imm', x2, x2, 1);
  a.emit('subs.imm', x3, x3, 1).emit('b.cond', 'ne', 'turn');
}

/** The first word of each page that the program stores to. */
const words = ({ memory }: Machine): (number | undefined)[] =>
  Array.from({ length: 8 }, (_, page) => memory.frame(Number((DATA + PAGE * BigInt(page)) >> 12n))?.memory[0]);

describe('snapshots', () => {
  test('may be gone back to in any order, also from another way', () => {
    const machine = boot(countPages);
    const taken = [machine.snapshot()];
    const seen = [words(machine)];
    for (let steps = 0; steps < 40; steps += 5) {
      for (let step = 0; step < 5; step++) machine.step();
      taken.push(machine.snapshot());
      seen.push(words(machine));
    }
    const restored = (at: number): unknown => {
      const snapshot = taken[at];
      if (snapshot !== undefined) machine.restore(snapshot);
      return words(machine);
    };
    for (const at of [3, 8, 0, 5, 5, 1, 7, 2]) expect(restored(at)).toEqual(seen[at]);
    // Another way from the middle: other numbers, and a snapshot of them.
    restored(4);
    machine.cpu.registers.set(x2, 0x777n);
    end(machine);
    const other = machine.snapshot();
    const otherWords = words(machine);
    expect(otherWords).not.toEqual(seen[8]);
    expect(restored(8)).toEqual(seen[8]);
    machine.restore(other);
    expect(words(machine)).toEqual(otherWords);
    expect(restored(4)).toEqual(seen[4]);
    end(machine);
    expect(words(machine)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('keep how many frames were touched', () => {
    const machine = boot(countPages);
    const before = machine.memory.touchedFrames;
    const first = machine.snapshot();
    end(machine);
    const after = machine.memory.touchedFrames;
    expect(after).toBeGreaterThan(before);
    const last = machine.snapshot();
    machine.restore(first);
    expect(machine.memory.touchedFrames).toBe(before);
    machine.restore(last);
    expect(machine.memory.touchedFrames).toBe(after);
    machine.restore(first);
    end(machine);
    expect(machine.memory.touchedFrames).toBe(after);
  });

  test('keep what an owner says that it changes', () => {
    const machine = boot(countPages);
    const frame = machine.memory.frame(Number(DATA >> 12n));
    if (frame === undefined) throw new TypeError('no RAM');
    const before = machine.snapshot();
    machine.memory.use(frame);
    frame.memory[7] = 1;
    const changed = machine.snapshot();
    machine.restore(before);
    expect(frame.memory[7]).not.toBe(1);
    machine.restore(changed);
    expect(frame.memory[7]).toBe(1);
    machine.restore(before);
    machine.load(DATA, Uint32Array.of(5));
    machine.restore(before);
    expect(frame.memory[0]).not.toBe(5);
  });

  test('an adversary goes on as it did', () => {
    const machine = boot(countPages, { machine: { seed: 7 } });
    machine.run(20);
    const before = machine.snapshot();
    const once = (): unknown => {
      machine.restore(before);
      end(machine);
      return [words(machine), { ...machine.cpu.counters }, machine.snapshot().adversary];
    };
    expect(once()).toEqual(once());
  });
});

/** Adds to a word that everybody adds to, and keeps what came of it, without end. */
function addForEver(a: Assembler): void {
  load(a, x1, DATA);
  a.label('turn').emit('ldr', x2, x1, 0).emit('add.imm', x2, x2, 1).emit('nop').emit('str', x2, x1, 0);
  a.emit('b', 'turn');
}

describe('a run in pieces', () => {
  const INSTRUCTIONS = 9000;
  /** Another CPU does the same, so that what comes of it tells whose turn it was when. */
  const both = (seed: number | undefined): Machine => {
    const machine = boot(addForEver, { cpus: 2, machine: seed === undefined ? {} : { seed } });
    for (const cpu of machine.cpus.slice(1)) Object.assign(cpu, { off: false, pc: machine.cpu.pc });
    return machine;
  };
  const seen = (machine: Machine): unknown => {
    const { turn, turnLeft, adversary } = machine.snapshot();
    const frame = machine.memory.frame(Number(DATA >> 12n));
    const cpus = machine.cpus.map(({ registers, counters, pc }) => [registers.get(x2), pc, { ...counters }]);
    return [cpus, frame?.memory[0], frame?.lines.join(), turn, turnLeft, adversary];
  };

  test.each([undefined, 1, 7, 4711])('does what it does at once: adversary %s', (seed) => {
    const whole = both(seed);
    whole.run(INSTRUCTIONS);
    for (const piece of [1, 3, 250, 999, 1000, 1001, 4000]) {
      const machine = both(seed);
      for (let left = INSTRUCTIONS; left > 0; left -= piece) machine.run(Math.min(piece, left));
      expect([piece, seen(machine)]).toEqual([piece, seen(whole)]);
    }
  });

  test.each([undefined, 7])('goes on within a turn from a snapshot: adversary %s', (seed) => {
    const whole = both(seed);
    whole.run(INSTRUCTIONS);
    const machine = both(seed);
    machine.run(1234);
    const within = machine.snapshot();
    for (const more of [5, 700, 3000]) {
      machine.restore(within);
      machine.run(more);
      machine.run(INSTRUCTIONS - 1234 - more);
      expect([more, seen(machine)]).toEqual([more, seen(whole)]);
    }
  });
});
