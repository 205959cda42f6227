import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Assembler } from './assembler.ts';
import { print } from './codec.ts';
import { A64Error } from './error.ts';
import { lo12 } from './labels.ts';
import { sp, x0, x1, x2, xzr } from './registers.ts';

const listing = (a: Assembler): string[] => [...a.words()].map((word) => print(word));

test('labels resolve backwards and forwards', () => {
  const a = new Assembler();
  a.label('again').emit('cbz', x0, 'done').emit('subs.imm', x0, x0, 1).emit('b', 'again');
  a.label('done').emit('ret', 30);
  expect(listing(a)).toEqual(['cbz x0, .+12', 'subs x0, x0, #0x1', 'b .-8', 'ret']);
});

test('literals are aligned to 8 bytes and little-endian', () => {
  const a = new Assembler();
  a.emit('ldr.literal', x1, 'value').quad('value', 0x0123456789abcdefn);
  expect(a.offsetOf('value')).toBe(8);
  expect([...a.words()].slice(2)).toEqual([0x89abcdef, 0x01234567]);
});

test('a missing or doubled label is refused by name', () => {
  expect(() => new Assembler().emit('b', 'nowhere').words()).toThrow(/nowhere is not defined/);
  expect(() => new Assembler().label('a').label('a')).toThrow(/a is defined twice/);
});

test('an undefined label is named with what refers to it, and so is one too far away', () => {
  expect(() => new Assembler().emit('nop').emit('cbz', x0, 'nowhere').words()).toThrow(/cbz at byte 4 to nowhere/);
  const far = new Assembler().emit('tbz', x0, 3, 'far');
  for (let at = 0; at < 2 ** 13; at++) far.emit('nop');
  far.label('far');
  expect(() => far.words()).toThrow(
    expect.objectContaining({
      code: 'ERANGE',
      message: 'tbz at byte 0 to far: 32772 does not fit operand pc',
      hint: 'give -32768 to 32764 in steps of 4',
      offset: 0,
      label: 'far',
    }),
  );
});

test('every kind of PC-relative operand takes a label', () => {
  const a = new Assembler();
  a.label('here').emit('adr', x0, 'here').emit('b.cond', 'ne', 'here').emit('bl', 'here').emit('tbnz', x1, 63, 'here');
  a.emit('ldr.literal', x0, 'here').emit('ldrsw.literal', x0, 'here').emit('prfm.literal', 'pldl1keep', 'here');
  expect(listing(a).map((line) => line.split(' ').at(-1))).toEqual([
    '.+0',
    '.-4',
    '.-8',
    '.-12',
    '.-16',
    '.-20',
    '.-24',
  ]);
});

test('ADRP goes from page to page, and symbols stand where they are said to', () => {
  const a = new Assembler({ origin: 0x4000_0ffcn });
  a.emit('adrp', x0, 'data').emit('adrp', x0, 'data').emit('bl', 'firmware').quad('data', 1n);
  a.symbol('firmware', 0x4100_0000n);
  expect(a.addressOf('data')).toBe(0x4000_1008n);
  expect(listing(a).slice(0, 3)).toEqual(['adrp x0, .+4096', 'adrp x0, .+0', 'bl .+16773116']);
  expect(() => a.label('firmware')).toThrow(/firmware is defined twice/);
  expect(() => new Assembler({ origin: 2n })).toThrow(/origin 0x2/);
});

test('constants are loaded from the next pool, each once, wide ones first', () => {
  const a = new Assembler();
  a.loadConstant(x0, 0x1_0000_0000n).loadConstant(x1, 7n, 32).loadConstant(x1, 0x1_0000_0000n).emit('ret').pool();
  a.loadConstant(x0, -1n);
  expect(listing(a).slice(0, 4)).toEqual(['ldr x0, .+16', 'ldr w1, .+20', 'ldr x1, .+8', 'ret']);
  expect([...a.words()].slice(4)).toEqual([0, 1, 7, 0x58000020, 0xffffffff, 0xffffffff]);
});

test('a constant of 32 bits and one of 64 that begins like it are two literals', () => {
  const a = new Assembler().loadConstant(x0, 7n, 32).loadConstant(x1, 7n);
  expect([...a.words()].slice(2)).toEqual([7, 0, 7]);
});

test('alignment and words', () => {
  const a = new Assembler().emit('ret').align(16).word('marker', 0xdeadbeef);
  expect(a.offsetOf('marker')).toBe(16);
  expect(listing(a).slice(0, 4)).toEqual(['ret', 'nop', 'nop', 'nop']);
  expect(a.words()[4]).toBe(0xdeadbeef);
  expect(() => a.align(6)).toThrow(/cannot be aligned to 6 bytes/);
});

test('operands are checked when the code is written', () => {
  const wrong: (() => unknown)[] = [
    // @ts-expect-error: a condition, not a number
    () => new Assembler().emit('b.cond', 0, 'there'),
    // @ts-expect-error: ADD takes no label
    () => new Assembler().emit('add.imm', x0, x0, 'there'),
    // @ts-expect-error: there is no such register
    () => new Assembler().emit('msr', 'sctlr_el9', x0),
    // @ts-expect-error: LDR takes three operands at most
    () => new Assembler().emit('ldr', x0, x1, 0, 0),
    // @ts-expect-error: ADR has no 32-bit form
    () => new Assembler().emit('adr.w', x0, 0),
    // @ts-expect-error: ADD of registers has XZR where another form has SP
    () => new Assembler().emit('add', sp, sp, x0),
    // @ts-expect-error: ADD of an immediate has SP where another form has XZR
    () => new Assembler().emit('add.imm', xzr, x0, 1),
  ];
  for (const write of wrong) expect(write).toThrow(A64Error);
});

describe('a number that does not fit is an error where it is written', () => {
  const at = (offset: number, message: string) => expect.objectContaining({ name: 'A64Error', offset, message });

  test('it names the instruction and its offset', () => {
    const a = new Assembler().emit('nop').emit('nop');
    expect(() => a.emit('add.imm', x0, x0, 4096)).toThrow(at(8, 'add.imm at byte 8: 4096 does not fit operand u'));
    expect(() => a.emit('ldr', x0, sp, 12)).toThrow(at(8, 'ldr at byte 8: 12 does not fit operand n'));
    expect(() => a.emit('lsl.imm', x0, x0, 64)).toThrow(at(8, 'lsl.imm at byte 8: 64 is no shift'));
    expect(() => a.emit('movz', x0, Number.NaN)).toThrow(/movz at byte 8/);
    expect(() => a.emit('movz', x0, 0.5)).toThrow(/movz at byte 8/);
    // What is refused is not written, and what comes next stands where it would.
    expect(listing(a.emit('ret'))).toEqual(['nop', 'nop', 'ret']);
  });

  test('so is a label behind that is too far away', () => {
    const far = new Assembler().label('far');
    for (let count = 0; count < 2 ** 13 + 1; count++) far.emit('nop');
    expect(() => far.emit('tbz', x0, 3, 'far')).toThrow(/tbz at byte 32772 to far: -32772 does not fit operand pc/);
  });

  test('an operand beside a label that comes later is checked at once', () => {
    expect(() => new Assembler().emit('tbz', x0, 64, 'later')).toThrow(/tbz at byte 0 to later: 64/);
  });

  test.each([2n ** 32n, -(2n ** 31n) - 1n, 2 ** 32, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'word never truncates: %s',
    (value) => {
      expect(() => new Assembler().word(value)).toThrow(at(0, `word at byte 0: ${value} does not fit 32 bits`));
      expect(() => new Assembler().word('name', value)).toThrow(/does not fit 32 bits/);
      expect(() => new Assembler().loadConstant(x0, value, 32)).toThrow(
        /loadConstant 32 at byte 0.*does not fit 32 bits/,
      );
    },
  );

  test.each([2n ** 64n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, Number.NaN])('quad never truncates: %s', (value) => {
    expect(() => new Assembler().quad(value)).toThrow(at(0, `quad at byte 0: ${value} does not fit 64 bits`));
    expect(() => new Assembler().quad('name', value)).toThrow(/does not fit 64 bits/);
    expect(() => new Assembler().loadConstant(x0, value)).toThrow(/loadConstant 64 at byte 0.*does not fit 64 bits/);
  });

  test('word, quad and loadConstant take what fits, signed or unsigned, as a number or a bigint', () => {
    const a = new Assembler()
      .word(-1)
      .word(0xffff_ffffn)
      .word(-(2 ** 31))
      .word(0);
    a.quad(-1)
      .quad(2n ** 64n - 1n)
      .quad(-(2n ** 63n))
      .quad(Number.MAX_SAFE_INTEGER);
    expect([...a.words()]).toEqual([
      0xffff_ffff, 0xffff_ffff, 0x8000_0000, 0, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0x8000_0000,
      0xffff_ffff, 0x1f_ffff,
    ]);
    const b = new Assembler().loadConstant(x0, -1, 32).loadConstant(x1, 0xffff_ffffn, 32).loadConstant(xzr, 0);
    expect([...b.words()].slice(4)).toEqual([0, 0, 0xffff_ffff]);
    // @ts-expect-error: 32 or 64 bits
    expect(() => b.loadConstant(x0, 1n, 16)).toThrow(/16 is no width/);
    expect(() => b.loadConstant(31, 1n)).toThrow(/ldr.literal at byte 12: 31 does not say/);
  });
});

describe('what is refused is not written, as a whole', () => {
  test('a block that is too long may be written again, shorter', () => {
    const a = new Assembler().label('before').emit('nop').label('at the end').label(1).loadConstant(x1, 9n);
    const plain = a.words();
    expect(() =>
      a.block(16, (at) =>
        at.label('in').label(1).loadConstant(x0, 5n).emit('b', 'in').emit('cbz', x0, 'later').quad('data', 7n).pool(),
      ),
    ).toThrow(/is 24 bytes longer than its 16/);
    expect(a.words()).toEqual(plain);
    expect(() => a.offsetOf('in')).toThrow(/in is not defined/);
    expect(a.offsetOf('1b')).toBe(4);
    a.block(16, (at) => at.label('in').emit('ldr.literal', x0, 'data').emit('b', 'in')).quad('data', 7n);
    expect(listing(a).slice(0, 4)).toEqual(['nop', 'ldr x1, .+28', 'ldr x0, .+16', 'b .-4']);
  });

  test('so it is where what writes it fails, in a block in a block, and a label moves back', () => {
    const a = new Assembler().emit('nop').label('end');
    const broken = (at: Assembler): void => {
      at.block(16, (inner) => inner.quad('data', 1n));
      throw new RangeError('of the caller');
    };
    expect(() => a.block(64, broken)).toThrow(RangeError);
    expect([a.offsetOf('end'), a.words().length]).toEqual([4, 1]);
    expect(a.block(64, (at) => at.block(16, (inner) => inner.quad('data', 1n))).offsetOf('data')).toBe(8);
  });

  test('labels and symbols of what is refused are forgotten, those before it still move', () => {
    const a = new Assembler().emit('nop').label('end').label(1);
    const refused = (at: Assembler): Assembler =>
      at.symbol('outside', 64n).label('in').label(1).quad('data', 1n).label('x');
    expect(() => a.block(8, refused)).toThrow(/4 bytes longer/);
    expect(() => a.block(8, (at) => at.quad(1n))).toThrow(/4 bytes longer/);
    a.quad(2n).symbol('outside', 128n).emit('b', 'outside').emit('adr', x0, '1b');
    expect(['end', '1b'].map((name) => a.offsetOf(name))).toEqual([8, 8]);
    expect(a.addressOf('outside')).toBe(128n);
    for (const name of ['in', 'data', 'x']) expect(() => a.offsetOf(name)).toThrow(/is not defined/);
  });

  test('whatever is refused leaves no trace: all else gives what it gives without it', () => {
    const part = fc.oneof(
      ...[fc.constant('quad'), fc.constant('pool'), fc.constant('nop'), fc.constant('literal'), fc.constant('refuse')],
      fc.nat(3).map((name) => `L${name}:`),
      fc.nat(2).map((name) => `${name}:`),
    );
    const write = (a: Assembler, what: string): Assembler => {
      if (what.endsWith(':')) return a.label(what.slice(0, -1));
      if (what === 'quad') return a.quad(1n);
      if (what === 'pool') return a.pool();
      if (what === 'literal') return a.loadConstant(x0, 2n);
      return what === 'nop' ? a.emit('nop').emit('b', '1f') : a.align(6);
    };
    const state = (a: Assembler): unknown => [
      [...a.label(1).words()],
      ['L0', 'L1', 'L2', 'L3', '0b', '1b', '2b'].map((name) => {
        try {
          return a.offsetOf(name);
        } catch {
          return undefined;
        }
      }),
    ];
    const property = fc.property(fc.array(fc.array(part, { maxLength: 6 }), { maxLength: 8 }), (blocks) => {
      const [all, good] = [new Assembler(), new Assembler()];
      for (const block of blocks) {
        const act = (a: Assembler) =>
          a.block(24, (at) => {
            for (const what of block) write(at, what);
          });
        try {
          act(all);
        } catch {
          continue;
        }
        act(good);
      }
      expect(state(all)).toEqual(state(good));
    });
    fc.assert(property, { seed: 16, numRuns: 2000 });
  });

  test('lines of which one is wrong may be written again', () => {
    const a = new Assembler();
    expect(() => a.lines('start: nop \n again: frobnicate')).toThrow(/line at byte 4: frobnicate/);
    expect(listing(a.lines('start: nop \n again: b start'))).toEqual(['nop', 'b .-4']);
  });

  test('data under a name that there is already', () => {
    const a = new Assembler().label('name').emit('nop').label('end');
    expect(() => a.quad('name', 1n)).toThrow(/name is defined twice/);
    expect(() => a.word('name', 1n)).toThrow(/name is defined twice/);
    expect([a.offsetOf('end'), a.words().length]).toEqual([4, 1]);
  });
});

describe('words() changes nothing', () => {
  test('twice gives the same, and what is appended afterwards goes on where the code ended', () => {
    const a = new Assembler().loadConstant(x0, 0x1234_5678_9abc_def0n).emit('ret');
    const first = a.words();
    expect(a.words()).toEqual(first);
    expect([...first]).toHaveLength(4);
    a.emit('nop').label('here').loadConstant(x1, 7n).emit('ret');
    expect(a.offsetOf('here')).toBe(12);
    expect(listing(a).slice(0, 5)).toEqual(['ldr x0, .+24', 'ret', 'nop', 'ldr x1, .+20', 'ret']);
    expect([...a.words()].slice(5)).toEqual([0xd503201f, 0x9abcdef0, 0x12345678, 7, 0]);
  });

  test('literal pools go where they are asked for, or behind the end', () => {
    const a = new Assembler()
      .loadConstant(x0, 1n, 32)
      .emit('ret')
      .pool()
      .label('next')
      .loadConstant(x0, 1n, 32)
      .emit('ret');
    expect(listing(a)).toEqual(
      ['ldr w0, .+8', 'ret', '.inst 0x00000001', 'ldr w0, .+8', 'ret', '.inst 0x00000001'].map((line) =>
        line.replace('.inst 0x00000001', 'udf #1'),
      ),
    );
    expect(a.pool().pool().words()).toHaveLength(6);
  });

  test('a literal that is too far away names its load', () => {
    const a = new Assembler().loadConstant(x0, 1n);
    for (let count = 0; count < 2 ** 18; count++) a.emit('nop');
    expect(() => a.words()).toThrow(/ldr.literal at byte 0 to =0x1: 1048584 does not fit operand pc/);
  });
});

describe('align and quad align addresses', () => {
  test('the origin counts', () => {
    const a = new Assembler({ origin: 0x1004n }).align(16).label('aligned').emit('ret').quad('value', 1n);
    expect(a.addressOf('aligned')).toBe(0x1010n);
    expect(a.addressOf('value')).toBe(0x1018n);
    expect(a.offsetOf('value')).toBe(0x14);
  });

  test('so it does for pools', () => {
    const a = new Assembler({ origin: 0x1004n }).loadConstant(x0, 5n);
    expect([...a.words()]).toEqual([0x58000020, 5, 0]);
  });

  test('a label that stands before a quad moves with it', () => {
    const a = new Assembler().emit('ldr.literal', x0, 'value').label('value').label(1).quad(3n).emit('adr', x0, '1b');
    expect(a.offsetOf('value')).toBe(8);
    expect(listing(a).at(0)).toBe('ldr x0, .+8');
    expect(listing(a).at(-1)).toBe('adr x0, .-8');
  });

  test.each([0, -4, 6, 2.5, Number.NaN, 2 ** 22])('%s is no alignment', (bytes) => {
    expect(() => new Assembler().align(bytes)).toThrow(/cannot be aligned/);
  });

  test.each([-4n, 2n ** 64n, 2n])('%s is no origin', (origin) => {
    expect(() => new Assembler({ origin })).toThrow(/origin/);
  });

  test('addresses are bigints', () => {
    // @ts-expect-error: a number
    expect(() => new Assembler({ origin: 0x1000 })).toThrow(expect.objectContaining({ name: 'A64Error' }));
    // @ts-expect-error: a number
    expect(() => new Assembler().symbol('s', 0x1000)).toThrow(expect.objectContaining({ name: 'A64Error' }));
  });

  test('nothing stands beyond the last address', () => {
    const a = new Assembler({ origin: 2n ** 64n - 8n }).emit('nop').label('last').emit('b', 'last');
    expect(a.words()).toHaveLength(2);
    expect(a.addressOf('last')).toBe(2n ** 64n - 4n);
    a.label('end').emit('nop');
    expect(() => a.addressOf('end')).toThrow(/end stands at no address/);
    expect(() => a.words()).toThrow(/12 bytes from 0xfffffffffffffff8 go beyond the last address/);
  });
});

describe('what people write', () => {
  test('aliases', () => {
    const a = new Assembler()
      .label('loop')
      .emit('mov.imm', x0, 0x10000)
      .emit('lsl.imm', x1, x0, 3)
      .emit('cmp.reg', x0, x1);
    a.emit('cset', x2, 'eq').emit('tst.imm', x0, 1n).emit('b.cond', 'ne', 'loop');
    expect(listing(a)).toEqual([
      'mov x0, #0x10000',
      'lsl x1, x0, #3',
      'cmp x0, x1',
      'cset x2, eq',
      'tst x0, #0x1',
      'b.ne .-20',
    ]);
  });

  test('ADRP and :lo12: reach any label: behind, ahead, local, literal data, and symbols', () => {
    const a = new Assembler({ origin: 0x4000_0ff0n }).label('behind');
    a.emit('adrp', x0, 'ahead').emit('add.imm', x0, x0, lo12('ahead')).emit('ldr', x1, x0, lo12('quad'));
    a.emit('add.imm', x0, x0, lo12('behind')).emit('adrp', x0, 'outside').emit('strb', x1, x0, lo12('outside'));
    a.emit('add.imm', x0, x0, lo12('1f')).label(1).label('ahead').emit('ret').quad('quad', 9n);
    a.symbol('outside', 0x1_2345_6789n);
    expect(listing(a).slice(0, 7)).toEqual([
      'adrp x0, .+4096',
      'add x0, x0, #0xc',
      'ldr x1, [x0, #16]',
      'add x0, x0, #0xff0',
      'adrp x0, .+3812970496',
      'strb w1, [x0, #1929]',
      'add x0, x0, #0xc',
    ]);
  });

  test('the low bits of an address must fit the access, and only some operands take them', () => {
    const a = new Assembler().symbol('odd', 0x1004n);
    expect(() => a.emit('ldr', x0, x0, lo12('odd'))).toThrow(/ldr at byte 0 to odd: 4 does not fit operand n/);
    expect(() => a.emit('ldr', x0, x0, lo12('later')).symbol('later', 0x1004n).words()).toThrow(
      /ldr at byte 0 to later/,
    );
    // @ts-expect-error: it would be shifted
    expect(() => a.emit('add.imm12', x0, x0, lo12('odd'))).toThrow(/cannot take the low bits/);
    // @ts-expect-error: no address
    expect(() => a.emit('svc', lo12('odd'))).toThrow(/svc at byte 4: cannot take the low bits of odd/);
    // @ts-expect-error: a signed offset is not one
    expect(() => a.emit('ldur', x0, x0, lo12('odd'))).toThrow(/cannot take the low bits/);
  });

  test('local labels: a number may be used again, 1b is the last one and 1f the next', () => {
    const a = new Assembler()
      .label(1)
      .emit('cbz', x0, '1f')
      .emit('b', '1b')
      .label(1)
      .emit('b', '1f')
      .emit('b', '1b')
      .label(1);
    expect(listing(a.emit('ret'))).toEqual(['cbz x0, .+8', 'b .-4', 'b .+8', 'b .-4', 'ret']);
    expect(() => a.emit('b', '2b')).toThrow(/b at byte 20 to 2b: label 2b is not defined/);
    expect(() => new Assembler().emit('b', '1f').words()).toThrow(/b at byte 0 to 1f: label 1f is not defined/);
    expect(() => new Assembler().label('1f')).toThrow(/'1f' cannot be a label/);
    expect(() => new Assembler().label(1).emit('b', '1').words()).toThrow(
      expect.objectContaining({ hint: 'write 1b for the last one, 1f for the next' }),
    );
    expect(() => new Assembler().symbol('1', 0n)).toThrow(/is a number/);
  });

  test('several values are data one behind the other: a number is never a label that nobody sees', () => {
    const a = new Assembler().word(1, 2n, -1).word('more', 3, 4).quad(5n, 6).quad('most', 7n, 8n);
    expect([...a.words()]).toEqual([1, 2, 0xffff_ffff, 3, 4, 0xd503201f, 5, 0, 6, 0, 7, 0, 8, 0]);
    expect([a.offsetOf('more'), a.offsetOf('most')]).toEqual([12, 40]);
    expect(() => a.offsetOf('1b')).toThrow(/not defined/);
    expect(() => a.word(1, 2 ** 32)).toThrow(/4294967296 does not fit 32 bits/);
    expect(() => a.quad('none', 1n, 0.5)).toThrow(/0.5 does not fit 64 bits/);
    expect(() => a.quad('none')).toThrow(/quad at byte 56: got no value/);
    expect(() => a.word()).toThrow(/word at byte 56: got no value/);
    expect(a.words()).toHaveLength(14);
  });

  test.each([Number.NaN, 1.5, -1, 2 ** 53])('%s is no local label: nothing could refer to it', (number) => {
    expect(() => new Assembler().label(number)).toThrow(/cannot be a label/);
  });

  test('data and bytes stand without labels', () => {
    const a = new Assembler().word(1).quad(2n).bytes('añ', [0, 255], Uint8Array.of(7)).label('end').bytes('');
    expect([...a.words()]).toEqual([1, 0xd503201f, 2, 0, 0x00b1c361, 0x000007ff]);
    expect(a.offsetOf('end')).toBe(24);
    // @ts-expect-error: a byte that is not there
    expect(() => a.bytes([1, undefined])).toThrow(/undefined is no byte/);
    for (const byte of [256, -1, 0.5, Number.NaN])
      expect(() => a.bytes([byte])).toThrow(/bytes at byte 24: .* is no byte/);
  });

  test('a block is filled up to its size, and must not exceed it', () => {
    const a = new Assembler().align(0x800);
    for (let entry = 0; entry < 16; entry++) a.block(0x80, (at) => at.label(`entry ${entry}`).emit('b', 'handler'));
    a.label('handler').emit('eret');
    expect(a.offsetOf('entry 15')).toBe(0x780);
    expect(a.offsetOf('handler')).toBe(0x800);
    expect(listing(a).slice(0, 2)).toEqual(['b .+2048', 'udf #0']);
    expect(() => a.block(8, (at) => at.emit('nop').emit('nop').emit('nop'))).toThrow(
      expect.objectContaining({
        code: 'ERANGE',
        offset: 0x804,
        message: 'the block at byte 2052 is 4 bytes longer than its 8',
      }),
    );
    // What is filled up has an end: a size that no memory holds is none.
    for (const bytes of [-4, 6, Number.NaN, 2 ** 30, 2 ** 53])
      expect(() => a.block(bytes, () => {})).toThrow(/a block cannot have/);
  });

  test('an instruction that there is not names those with its mnemonic', () => {
    // @ts-expect-error: no such name
    expect(() => new Assembler().emit('mov', x0, x1)).toThrow(
      expect.objectContaining({
        message: 'mov at byte 0: there is no such instruction or alias',
        hint: expect.stringMatching(/mov.imm/),
      }),
    );
  });
});
