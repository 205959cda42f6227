import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { crc32 } from 'node:zlib';
import * as a64 from '@kexeckit/a64';
import { Assembler, sp, x0, x1, x2, x19, x20 } from '@kexeckit/a64';
import { whyNoQemu } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { BARE_METAL_BASE, type BareMetalProgram } from '../src/index.ts';
import { Random } from './random.ts';
import { runHere, runOnQemu } from './two-machines.ts';

// The routines of the assembler's README as they stand there, on the strict machine and on QEMU, MMU off.

const README = readFileSync(new URL('../../a64/README.md', import.meta.url), 'utf8');

/** The assembler that an example of the README fills. */
function routine(name: string): Assembler {
  const example = [...README.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].find(([, code]) =>
    code?.includes(`const ${name} =`),
  );
  const code = example?.[1]?.replace(/^import .*$/m, '') ?? '';
  const found: unknown = runInNewContext(`${code};${name}`, { ...a64, console: { log: () => {} } });
  if (found instanceof Assembler) return found;
  throw new Error(`the README has no ${name}`);
}

const PROGRAM = BARE_METAL_BASE;
const ROUTINE = BARE_METAL_BASE + 0x1_0000n;
const CASES = BARE_METAL_BASE + 0x2_0000n;
const SOURCE = BARE_METAL_BASE + 0x10_0000n;
const RESULT = BARE_METAL_BASE + 0x40_0000n;
const STACK = BARE_METAL_BASE + 0xf_0000n;
/** SPSR: to EL1 with its own stack pointer, D, A, I and F masked. */
const EL1H_MASKED = 0x3c5n;

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
const bytesOfQuads = (quads: readonly bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(quads).buffer);

/** Calls a routine for each case: x0, x1 and x2 from a table, which ends with an x1 of 0; then what `after` adds, x20 being where results go. */
function callsOf(
  name: string,
  cases: readonly bigint[],
  after: (a: Assembler) => void,
  results: bigint = RESULT,
): Partial<BareMetalProgram> {
  const a = new Assembler({ origin: PROGRAM }).symbol('routine', ROUTINE);
  a.loadConstant(x19, CASES).loadConstant(x20, results).emit('b', 'next').pool();
  a.label('case').emit('bl', 'routine');
  after(a);
  a.label('next').emit('ldp.post', x0, x1, x19, 16).emit('ldr.post', x2, x19, 8).emit('cbnz', x1, 'case');
  return {
    words: a.words(),
    address: PROGRAM,
    memory: [
      { address: ROUTINE, bytes: bytesOf(routine(name).words()) },
      { address: CASES, bytes: bytesOfQuads([...cases, 0n, 0n, 0n]) },
    ],
  };
}

const random = new Random(20261129);
const source = Buffer.from(Array.from({ length: 0x1_0000 }, () => random.below(256)));
const lengths = [...Array.from({ length: 41 }, (_, length) => length), 63, 100, 257];
const offsets = [0, 1, 2, 3, 4, 5, 6, 7];

/** Copies of each length between all alignments, far enough apart to see what is written beside them; then what each returns. */
function memcpyProgram(): { program: BareMetalProgram; wanted: Buffer } {
  const copies = offsets.flatMap((to) => offsets.flatMap((from) => lengths.map((length) => ({ to, from, length }))));
  const STRIDE = 320;
  const end = copies.length * STRIDE;
  const wanted = Buffer.alloc(end + 8 * copies.length, 0xee);
  const cases: bigint[] = [];
  copies.forEach(({ to, from, length }, at) => {
    const target = at * STRIDE + 16 + to;
    const start = 8 * random.below(0x1000) + from;
    source.copy(wanted, target, start, start + length);
    wanted.writeBigUInt64LE(RESULT + BigInt(target), end + 8 * at);
    cases.push(RESULT + BigInt(target), SOURCE + BigInt(start), BigInt(length));
  });
  const keep = (a: Assembler): Assembler => a.emit('str.post', x0, x20, 8);
  const { words = new Uint32Array(), memory = [] } = callsOf('memcpy', cases, keep, RESULT + BigInt(end));
  const before = [
    { address: SOURCE, bytes: source },
    { address: RESULT, bytes: new Uint8Array(wanted.length).fill(0xee) },
  ];
  const results = [{ address: RESULT, size: wanted.length }];
  return { program: { words, address: PROGRAM, memory: [...memory, ...before], results }, wanted };
}

/** The CRC of stretches of each length at all alignments, each going on from the one before. */
function crcProgram(): { program: BareMetalProgram; wanted: Buffer } {
  const stretches = offsets.flatMap((from) =>
    lengths.map((length) => ({ from: 8 * random.below(0x1000) + from, length })),
  );
  const wanted = Buffer.alloc(4 * stretches.length);
  const cases = stretches.flatMap(({ from, length }, at) => {
    const start = at === 0 ? 0 : wanted.readUInt32LE(4 * at - 4);
    wanted.writeUInt32LE(crc32(source.subarray(from, from + length), start), 4 * at);
    return [BigInt(start), SOURCE + BigInt(from), BigInt(length)];
  });
  const { words = new Uint32Array(), memory = [] } = callsOf('crc32', cases, (a) => a.emit('str.post.w', x0, x20, 4));
  const results = [{ address: RESULT, size: wanted.length }];
  return {
    program: { words, address: PROGRAM, memory: [...memory, { address: SOURCE, bytes: source }], results },
    wanted,
  };
}

/** Exceptions of several kinds, and what the routine notes of them: how many, then entry and syndrome of each. */
function vectorsProgram(): { program: BareMetalProgram; wanted: Buffer } {
  const vectors = routine('vectors');
  const [table, log] = [vectors.addressOf('note') - 0x800n, vectors.addressOf('log')];
  const a = new Assembler({ origin: PROGRAM }).loadConstant(x0, table).emit('msr', 'vbar_el1', x0).emit('isb');
  a.loadConstant(x0, STACK).emit('mov.sp', sp, x0).emit('mov.imm', x0, 77);
  a.emit('svc', 7).emit('brk', 9).emit('udf', 0).emit('brk', 0xffff).emit('svc', 8);
  a.loadConstant(x1, log).emit('str', x0, x1, 0xf8).emit('b', 'end').pool().label('end');
  const notes = [5n, 4n, 0x5600_0007n, 4n, 0xf200_0009n, 4n, 0x0200_0000n, 4n, 0xf200_ffffn, 4n, 0x5600_0008n];
  const wanted = Buffer.alloc(0x100);
  wanted.set(bytesOfQuads(notes));
  wanted.set(bytesOfQuads([77n]), 0xf8);
  return {
    program: {
      words: a.words(),
      address: PROGRAM,
      memory: [
        { address: table, bytes: bytesOf(vectors.words()) },
        { address: log, bytes: new Uint8Array(0x100) },
      ],
      results: [{ address: log, size: 0x100 }],
    },
    wanted,
  };
}

/** Which syndrome comes to which entry, and whether it goes on behind what it interrupted, or there. */
const arrivals = Array.from({ length: 16 }, (_, entry) => [
  { entry, syndrome: 0x9600_0045n + BigInt(entry), isBehind: entry % 4 === 0 },
  { entry, syndrome: 0x5600_0000n + BigInt(entry), isBehind: false },
]).flat();

/** Every entry, as if its exception had come: the routine notes it, and returns to where ELR and the entry say. */
function entriesProgram(): { program: BareMetalProgram; wanted: Buffer } {
  const vectors = routine('vectors');
  const [table, log] = [vectors.addressOf('note') - 0x800n, vectors.addressOf('log')];
  const a = new Assembler({ origin: PROGRAM }).loadConstant(x0, STACK).emit('mov.sp', sp, x0).loadConstant(x20, 0n);
  arrivals.forEach(({ entry, syndrome }, at) => {
    a.symbol(`arrival ${at}`, table + BigInt(0x80 * entry));
    a.loadConstant(x0, syndrome).emit('msr', 'esr_el1', x0).emit('adr', x0, '1f').emit('msr', 'elr_el1', x0);
    a.loadConstant(x0, EL1H_MASKED).emit('msr', 'spsr_el1', x0).emit('b', `arrival ${at}`);
    a.label(1)
      .emit('orr.imm', x20, x20, 1n << BigInt(at))
      .emit('nop');
  });
  a.loadConstant(x1, log).emit('str', x20, x1, 0x3f8).emit('b', 'end').pool().label('end');
  const wanted = Buffer.alloc(0x400);
  const notes = arrivals.flatMap(({ entry, syndrome }) => [BigInt(entry), syndrome]);
  wanted.set(bytesOfQuads([BigInt(arrivals.length), ...notes]));
  const returned = arrivals.map(({ isBehind }, at) => (isBehind ? 0n : 1n << BigInt(at)));
  wanted.writeBigUInt64LE(
    returned.reduce((all, bit) => all | bit, 0n),
    0x3f8,
  );
  const memory = [
    { address: table, bytes: bytesOf(vectors.words()) },
    { address: log, bytes: new Uint8Array(0x400) },
  ];
  return {
    program: { words: a.words(), address: PROGRAM, memory, results: [{ address: log, size: 0x400 }] },
    wanted,
  };
}

describe.each([
  { name: 'memcpy copies as Buffer does, at all alignments, and returns the destination', make: memcpyProgram },
  { name: "CRC-32 is zlib's, at all alignments", make: crcProgram },
  { name: 'the vector table notes every exception and goes on behind it', make: vectorsProgram },
  { name: 'each of its entries is its own, and interrupts come back to where they came', make: entriesProgram },
])('$name', ({ make }) => {
  test('on the strict machine', () => {
    const { program, wanted } = make();
    expect(wanted.compare(runHere(program)[0] ?? new Uint8Array())).toBe(0);
  });

  test('on QEMU', async ({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
    const { program, wanted } = make();
    expect(wanted.compare((await runOnQemu(program))[0] ?? new Uint8Array())).toBe(0);
  });
});
