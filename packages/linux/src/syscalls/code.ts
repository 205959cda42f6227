import type { Kernel } from './kernel.ts';
import { mapMemory, unmap } from './memory.ts';

const PROT_READ_EXECUTE = 5n;

/**
 * Does work with a function of ours that the CPU runs in this process; it is gone afterwards.
 *
 * @throws SystemCallError
 */
export function withCode<T>(kernel: Kernel, words: Uint32Array, work: (run: (a: bigint, b: bigint) => void) => T): T {
  const memory = mapMemory(kernel, words.byteLength);
  try {
    memory.bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    // Linux makes new instructions visible to fetches where pages become executable (arch/arm64/mm/flush.c).
    kernel.call('mprotect', memory.address, BigInt(memory.bytes.length), PROT_READ_EXECUTE);
    return work((a, b) => kernel.run(memory.address, a, b));
  } finally {
    unmap(kernel, memory);
  }
}
