import { Assembler, x0, x1, x2, x4 } from '@kexeckit/a64';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import { Cpu, PhysicalMemory } from '../index.ts';
import { emitSha256, emitSha256Crypto, initialState } from './index.ts';

const CODE = 0x4000_0000n;
const STATE = 0x4000_2000n;
const ROOM = 0x4000_2100n;
const MESSAGE = 0x4000_3000n;
const MOST = 4096 - 72;
/** CPACR_EL1: SIMD traps nowhere. */
const FPEN = 3n << 20n;

/** The message with a one, zeros, and its length in bits, to whole blocks (FIPS 180-4, 5.1.1). */
function padded(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, 8 * message.length);
  return bytes;
}

function digest(emit: (a: Assembler, prefix: string) => void, message: Uint8Array): string {
  const bytes = padded(message);
  const memory = new PhysicalMemory([{ start: CODE, end: CODE + 0xffffn }]);
  const wordsAt = (address: bigint): Uint32Array => {
    const words = memory.frame(Number(address >> 12n))?.memory.subarray(Number(address & 0xfffn) / 4);
    if (words === undefined) throw new RangeError('no RAM');
    return words;
  };
  const a = new Assembler();
  emit(a, 'sha');
  a.label('end').emit('nop');
  a.words().forEach((word, at) => {
    wordsAt(CODE + BigInt(4 * at))[0] = word;
  });
  wordsAt(STATE).set(initialState);
  wordsAt(MESSAGE).set(new Uint32Array(bytes.buffer));
  const cpu = new Cpu(memory, 1);
  cpu.system.write('cpacr_el1', FPEN);
  cpu.contextSynchronized();
  for (const [register, value] of [
    [x0, STATE],
    [x1, MESSAGE],
    [x2, BigInt(bytes.length / 64)],
    [x4, ROOM],
  ] as const)
    cpu.registers.set(register, value);
  cpu.pc = CODE;
  cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
  expect(cpu.run(10_000_000)).toBe('breakpoint');
  return Array.from(wordsAt(STATE).subarray(0, 8), (word) => word.toString(16).padStart(8, '0')).join('');
}

const programs = [
  ['plain A64', emitSha256],
  ['the SHA-256 instructions', emitSha256Crypto],
] as const;

test.for(programs)('SHA-256 by %s gives the digests of FIPS 180-4', ([, emit]) => {
  expect(digest(emit, utf8ToBytes('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const long = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
  expect(digest(emit, utf8ToBytes(long))).toBe('248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
});

test.for(programs)('SHA-256 by %s agrees with another implementation on any length', ([, emit]) => {
  for (let length = 0; length <= MOST; length += 251) {
    const message = Uint8Array.from({ length }, (_, at) => (at * at * 7 + length) & 0xff);
    expect(digest(emit, message)).toBe(bytesToHex(sha256(message)));
  }
});
