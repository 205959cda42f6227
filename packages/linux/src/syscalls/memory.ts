import { type Kernel, type Mapping, SystemCallError } from './kernel.ts';

const PAGE = 4096;

const PROT_READ_WRITE = 3n;
const MAP_PRIVATE_ANONYMOUS_POPULATE = 0x2n | 0x20n | 0x8000n;
const NO_FILE = 2n ** 64n - 1n;

/** Memory of this process that is given back with {@link unmap}, whole pages, zero at first, every page there. */
export function mapMemory(kernel: Kernel, size: number): Mapping {
  const whole = Math.max(PAGE, Math.ceil(size / PAGE) * PAGE);
  const address = kernel.call('mmap', 0n, BigInt(whole), PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_POPULATE, NO_FILE, 0n);
  return { address, bytes: kernel.view(address, whole) };
}

/**
 * Gives memory back. Nobody may look at its bytes afterwards. What the kernel does not take back stays until the process ends, and
 * is no failure of the work that it was for: that an image is loaded must not be taken for the opposite because of it.
 */
export function unmap(kernel: Kernel, { address, bytes }: Mapping): void {
  try {
    kernel.call('munmap', address, BigInt(bytes.length));
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}

/** Does work with memory of its own for each of these contents, and gives it back, however that ends. */
export function withMappings<T>(
  kernel: Kernel,
  contents: readonly Uint8Array[],
  work: (mappings: readonly Mapping[]) => T,
): T {
  const mappings: Mapping[] = [];
  try {
    for (const content of contents) {
      const mapping = mapMemory(kernel, content.length);
      mappings.push(mapping);
      mapping.bytes.set(content);
    }
    return work(mappings);
  } finally {
    for (const mapping of mappings) unmap(kernel, mapping);
  }
}
