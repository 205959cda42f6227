import { afterEach, describe, expect, test } from 'vitest';
import { withCode } from './code.ts';
import { callFailed, type Kernel, thisKernel } from './kernel.ts';
import { mapMemory, unmap, withMappings } from './memory.ts';

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');

/** A kernel that counts what is mapped, and fails the call of this number. */
function counting(inner: Kernel, failAt = Number.POSITIVE_INFINITY): Kernel & { mapped: number } {
  let calls = 0;
  const kernel = {
    architecture: inner.architecture,
    mapped: 0,
    call: (name: Parameters<Kernel['call']>[0], ...args: bigint[]): bigint => {
      calls += 1;
      if (name === 'mmap' && calls === failAt) throw callFailed(name, 'ENOMEM');
      const result = inner.call(name, ...args);
      if (name === 'mmap') kernel.mapped += 1;
      if (name === 'munmap') kernel.mapped -= 1;
      return result;
    },
    view: (address: bigint, size: number) => inner.view(address, size),
    pagemap: (address: bigint, pages: number) => inner.pagemap(address, pages),
    text: (path: string) => inner.text(path),
    run: (code: bigint, a: bigint, b: bigint) => inner.run(code, a, b),
  };
  return kernel;
}

describe.runIf(isLinux)('memory of this process', async () => {
  const real = await thisKernel();
  const kernel = counting(real);
  afterEach(() => expect(kernel.mapped).toBe(0));

  test('is that of the same kernel, however often it is asked for', async () => {
    const [again, other] = [await thisKernel(), await thisKernel()];
    const memory = mapMemory(again, 4096);
    memory.bytes[0] = 5;
    expect(other.view(memory.address, 1)[0]).toBe(5);
    unmap(other, memory);
  });

  test('is whole pages of zeros that can be written to', () => {
    const memory = mapMemory(kernel, 5000);
    expect(memory.address % 4096n).toBe(0n);
    expect(memory.bytes.length).toBe(8192);
    expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
    memory.bytes.fill(7);
    expect(kernel.view(memory.address, 8192)[8191]).toBe(7);
    unmap(kernel, memory);
  });

  test('holds contents, and is given back whatever comes of the work', () => {
    const contents = [Uint8Array.of(1, 2, 3), new Uint8Array(), new Uint8Array(10_000).fill(9)];
    const seen = withMappings(kernel, contents, (mappings) => mappings.map(({ bytes }) => bytes[0]));
    expect(seen).toEqual([1, 0, 9]);
    const failing = (): never => {
      throw new Error('the work fails');
    };
    expect(() => withMappings(kernel, contents, failing)).toThrow('the work fails');
  });

  test.each([1, 2, 3])('that runs out at piece %i leaves none behind', (failAt) => {
    const scarce = counting(real, failAt);
    const contents = [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)];
    expect(() => withMappings(scarce, contents, () => 0)).toThrow(expect.objectContaining({ code: 'ENOMEM' }));
    expect(scarce.mapped).toBe(0);
  });

  test('can be code, which runs with two arguments', () => {
    const word = mapMemory(kernel, 8);
    // Stores the second at the first: `mov [rdi], rsi; ret`, or `str x1, [x0]; ret`.
    const code = process.arch === 'x64' ? [0xc337_8948] : [0xf900_0001, 0xd65f_03c0];
    withCode(kernel, Uint32Array.from(code), (run) => run(word.address, 0x1234_5678_9abcn));
    expect(new DataView(word.bytes.buffer, word.bytes.byteOffset).getBigUint64(0, true)).toBe(0x1234_5678_9abcn);
    unmap(kernel, word);
  });

  test('a system call that fails says which, and why', () => {
    expect(() => real.call('munmap', 1n, 0n)).toThrow(
      expect.objectContaining({ name: 'SystemCallError', call: 'munmap', code: 'EINVAL' }),
    );
  });
});
