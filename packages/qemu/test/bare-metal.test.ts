import { Assembler, x0, x1, x2 } from '@kexeckit/a64';
import { whyNoQemu } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { BARE_METAL_BASE, type BareMetalProgram, QemuError, runBareMetal } from '../src/index.ts';

const address = BARE_METAL_BASE;
const data = address + 0x10_0000n;

/** Loads the address of the data into x1. */
const atData = (): Assembler => new Assembler().emit('ldr.literal', x1, 'data').emit('b', 'start').quad('data', data);

function programOf(code: Assembler, rest: Partial<BareMetalProgram> = {}): BareMetalProgram {
  return { words: code.words(), address, results: [{ address: data, size: 16 }], ...rest };
}

const quads = (bytes: Uint8Array | undefined): bigint[] => [
  ...new BigUint64Array(bytes?.slice().buffer ?? new ArrayBuffer()),
];

async function failureOf(run: Promise<unknown>): Promise<QemuError> {
  const error = await run.catch((thrown: unknown) => thrown);
  if (error instanceof QemuError) return error;
  throw new Error(`it did not fail as it should: ${String(error)}`);
}

/** Milliseconds for a program that has no end: a QEMU on a busy host takes some to begin. */
const SHORT_MS = 5000;

describe('a program without an operating system', () => {
  beforeEach(({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
  });

  test.for([1, 2, 3] as const)('starts at EL%i, reads memory and leaves its results there', async (exceptionLevel) => {
    const code = atData().label('start').emit('ldr', x0, x1, 0).emit('add.imm', x0, x0, 1).emit('str', x0, x1, 0);
    code.emit('mrs', x2, 'currentel').emit('str', x2, x1, 8);
    const memory = [{ address: data, bytes: Uint8Array.of(0xff, 0xff, 0, 0, 1) }];
    const { results, console } = await runBareMetal(programOf(code, { memory }), { exceptionLevel });
    expect(quads(results[0])).toEqual([0x1_0001_0000n, BigInt(exceptionLevel) << 2n]);
    expect(console).toBe('');
  });

  test('what it prints is handed over', async () => {
    const code = new Assembler().emit('movz', x1, 0x900, 16);
    for (const letter of 'hello\n') code.emit('movz', x0, letter.charCodeAt(0), 0).emit('strb', x0, x1, 0);
    expect((await runBareMetal(programOf(code))).console).toBe('hello\n');
  });

  test('a program that does not end is stopped, and found where it is', async () => {
    const code = new Assembler().emit('movz', x1, 0x900, 16).emit('movz', x0, 0x3f, 0).emit('strb', x0, x1, 0);
    code.label('stay').emit('b', 'stay');
    const error = await failureOf(runBareMetal(programOf(code), { timeoutMs: SHORT_MS }));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', console: '?' });
    expect(error.message).toContain(`the CPU is at 0x${(address + 12n).toString(16)}, EL3h`);
    expect(error.hint).toBe('it printed "?"');
  });

  test('a machine that switches itself off has not come to the end of the program', async () => {
    // PSCI SYSTEM_OFF, by the conduit of a machine without EL2.
    const code = new Assembler().emit('movz', x0, 0x8400, 16).emit('movk', x0, 8, 0).emit('hvc', 0);
    const error = await failureOf(runBareMetal(programOf(code), { exceptionLevel: 1 }));
    expect(error).toMatchObject({ code: 'EIO', message: 'QEMU ended with status 0, and said nothing' });
  });

  test('an exception without vectors is told from a loop', async () => {
    const code = new Assembler().emit('smc', 0);
    const error = await failureOf(runBareMetal(programOf(code), { timeoutMs: SHORT_MS }));
    expect(error.message).toMatch(/the CPU is at 0x\w00, where no exception vectors are, EL3h$/);
    expect(error.hint).toBe('it printed nothing');
  });

  test('a machine that QEMU refuses, and a caller that has had enough', async () => {
    const code = new Assembler().label('stay').emit('b', 'stay');
    const refused = await failureOf(runBareMetal(programOf(code), { cpu: 'abacus' }));
    expect(refused.code).toBe('EIO');
    expect(refused.message).toContain('abacus');
    const signal = AbortSignal.timeout(300);
    expect((await failureOf(runBareMetal(programOf(code), { signal }))).code).toBe('ECANCELED');
    expect((await failureOf(runBareMetal(programOf(code), { signal }))).code).toBe('ECANCELED');
  });
});

test('memory outside of RAM is refused, and so is the place of the device tree', async () => {
  const code = new Assembler().emit('nop');
  await expect(runBareMetal({ ...programOf(code), address: 0x4000_0000n })).rejects.toMatchObject({
    code: 'EINVAL',
    hint: 'use 0x40200000 to 0x43ffffff',
  });
  const results = [{ address: 0x4400_0000n - 8n, size: 16 }];
  await expect(runBareMetal(programOf(code, { results }))).rejects.toThrow(/16 bytes at 0x43fffff8/);
});

test.each([1.5, Number.NaN, -1, Number.POSITIVE_INFINITY])('%d bytes of results are refused', async (size) => {
  const program = programOf(new Assembler().emit('nop'), { results: [{ address: data, size }] });
  await expect(runBareMetal(program)).rejects.toMatchObject({ name: 'QemuError', code: 'EINVAL' });
});

test('a word that lies at no multiple of 4 is refused, and RAM of no whole MiB', async () => {
  const program = programOf(new Assembler().emit('nop'));
  const refused = { name: 'QemuError', code: 'EINVAL' };
  await expect(runBareMetal({ ...program, address: address + 2n })).rejects.toMatchObject(refused);
  await expect(runBareMetal(program, { memory: (64n << 20n) + 4096n })).rejects.toMatchObject(refused);
});

test('a program that ends well and is no QEMU has not run ours', async () => {
  const error = await failureOf(runBareMetal(programOf(new Assembler().emit('nop')), { binary: '/bin/true' }));
  expect(error).toMatchObject({ code: 'EIO', hint: expect.stringMatching(/--version/) });
});
