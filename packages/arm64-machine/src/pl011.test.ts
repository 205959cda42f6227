import { type Assembler, x1, x2, x3, x4, x5, x6, xzr } from '@kexeckit/a64';
import { describe, expect, test } from 'vitest';
import { accessSizeOf } from './access-size.ts';
import { type ConsoleFlags, MachineError, PhysicalMemory, Pl011 } from './index.ts';
import { boot, end, load, UART } from './testing/boot.ts';

/** A console after a program that finds its address in x1. */
function consoleAfter(program: (a: Assembler) => void, consoleFlags?: ConsoleFlags): Pl011 {
  const machine = end(
    boot(
      (a) => {
        load(a, x1, UART);
        program(a);
      },
      { machine: consoleFlags ? { consoleFlags } : {} },
    ),
  );
  if (machine.console === undefined) throw new Error('no console');
  return machine.console;
}

const say = (a: Assembler): unknown => a.emit('movz', x2, 'k'.charCodeAt(0)).emit('str.w', x2, x1, 0);

describe('a PL011', () => {
  test('takes words and halves, and says so of nothing else', () => {
    const found = consoleAfter((a) => {
      say(a);
      a.emit('strh', x2, x1, 0).emit('ldr.w', x3, x1, 0x18).emit('ldr.w', x3, x1, 0x30);
    });
    expect([found.text, found.misuse]).toEqual(['kk', []]);
  });

  test('tells accesses of other sizes, each once', () => {
    const found = consoleAfter((a) => {
      say(a);
      a.emit('str', x2, x1, 0).emit('strb', x2, x1, 0).emit('strb', x2, x1, 0).emit('ldp.w', x3, x4, x1, 0x24);
      a.emit('ldr', x3, x1, 0x38).emit('str', x2, x1, 0x48);
    });
    expect(found.misuse).toEqual([
      'store of 8 bytes at UARTDR',
      'store at UARTRSR',
      'store of 8 bytes at UARTRSR',
      'store of 1 byte at UARTDR',
      'load of 8 bytes at UARTIMSC',
      'load of 8 bytes at UARTRIS',
      'store at UARTDMACR',
      'store of 8 bytes at UARTDMACR',
      'store at offset 0x4c, where it has nothing',
      'store of 8 bytes at offset 0x4c, where it has nothing',
    ]);
  });

  test('tells input that is eaten, and control registers that are changed', () => {
    const found = consoleAfter((a) => {
      a.emit('ldr.w', x3, x1, 0).emit('str.w', x3, x1, 0x24).emit('str.w', x3, x1, 0x2c).emit('ldr.w', x4, x1, 0x50);
    });
    expect(found.misuse).toEqual([
      'load at UARTDR',
      'store at UARTIBRD',
      'store at UARTLCR_H',
      'load at offset 0x50, where it has nothing',
    ]);
  });

  test('that is off sends nothing', () => {
    const found = consoleAfter((a) => {
      say(a);
      a.emit('str.w', xzr, x1, 0x30);
      say(a);
    });
    expect([found.text, found.misuse]).toEqual(['k', ['store at UARTCR']]);
  });

  test('holds constant what no output changes, as it is told', () => {
    const flags = (consoleFlags?: ConsoleFlags): number => new Pl011(consoleFlags).read(0x18, 4);
    expect(flags()).toBe(0x90);
    expect(flags({ RXFE: false, CTS: true, DSR: true, DCD: true, RI: true })).toBe(0x187);
    const waits = (a: Assembler): unknown => a.label('wait').emit('ldr.w', x3, x1, 0x18).emit('tbnz', x3, 4, 'wait');
    expect(consoleAfter(waits, { RXFE: false }).text).toBe('');
    expect(() => consoleAfter(waits)).toThrow();
  });

  test('reads as what a PL011 holds, and keeps what was written and told through a snapshot', () => {
    const found = new Pl011();
    expect([0x30, 0xfe0, 0xff4, 0xffc].map((offset) => found.read(offset, 4))).toEqual([0x301, 0x11, 0xf0, 0xb1]);
    for (const offset of [0x24, 0x18, 0xfe0]) found.write(offset, 7, 4);
    const saved = found.save();
    found.write(0x24, 9, 4);
    found.write(0x28, 9, 4);
    found.restore(saved);
    expect([0x24, 0x28, 0x18, 0xfe0].map((offset) => found.read(offset, 4))).toEqual([7, 0, 0x90, 0x11]);
    expect(found.misuse).toEqual(['store at UARTIBRD', 'store at UARTFR', 'store at UARTPeriphID0']);
  });
});

describe('devices in a frame', () => {
  test.each([0n, 4n, 0x400n, 0xf80n])('one %i bytes from its start', (by) => {
    const machine = end(
      boot(
        (a) => {
          load(a, x1, UART + by);
          say(a);
          a.emit('ldr.w', x3, x1, 0x18);
        },
        { machine: { console: UART + by } },
      ),
    );
    expect([machine.console?.text, machine.console?.misuse]).toEqual(['k', []]);
    expect(machine.cpu.registers.get(x3)).toBe(0x90n);
  });

  test('several, each up to the next one', () => {
    const machine = boot(
      (a) => {
        load(a, x1, UART + 0x200n);
        say(a);
        a.emit('str.w', x2, x1, 0x200).emit('ldr.w', x5, x1, 0x218).emit('ldr.w', x6, x1, 0x18);
      },
      { machine: { console: UART + 0x200n } },
    );
    const other = new Pl011({ RXFE: false });
    machine.memory.attach(UART + 0x400n, other);
    end(machine);
    expect([machine.console?.text, other.text]).toEqual(['k', 'k']);
    expect([x5, x6].map((register) => machine.cpu.registers.get(register))).toEqual([0x80n, 0x90n]);
    expect(machine.memory.devices.length).toBe(2);
  });

  test('nobody answers before the first', () => {
    const before = (access: (a: Assembler) => unknown) =>
      boot(
        (a) => {
          load(a, x1, UART);
          access(a);
        },
        { machine: { console: UART + 0x200n } },
      );
    for (const access of [say, (a: Assembler) => a.emit('ldr.w', x2, x1, 0)])
      expect(() => before(access).run(100)).toThrow(expect.objectContaining({ kind: 'external-abort', address: UART }));
  });

  test('none is put where it cannot be', () => {
    const memory = new PhysicalMemory([]);
    memory.attach(UART, new Pl011());
    for (const address of [UART, UART + 2n])
      expect(() => memory.attach(address, new Pl011())).toThrow(expect.any(MachineError));
  });
});

test('what an instruction accesses stands in its name', () => {
  const cases = [
    ['strb', 1, 1],
    ['ldrsb.post.w', 1, 1],
    ['swph', 2, 2],
    ['str.w', 4, 4],
    ['ldrsw.reg', 4, 4],
    ['ldr.literal.w', 4, 4],
    ['ldr', 8, 8],
    ['ldpsw', 4, 8],
    ['stp.post.w', 4, 8],
    ['ldnp', 8, 16],
    ['stlxp', 8, 16],
    ['casp', 8, 16],
    ['stp.q', 16, 32],
    ['ldr.d', 8, 8],
    ['ld1.x2', 16, 16],
  ] as const;
  for (const [id, bytes, total] of cases)
    expect([id, accessSizeOf({ id, operands: [] })]).toEqual([id, { bytes, total }]);
});
