import { type Kernel, SystemCallError } from '../syscalls/kernel.ts';
import { withMappings } from '../syscalls/memory.ts';

/** Memory of this process that stays in its frames until it is given back. */
export interface PinnedBlock {
  readonly address: bigint;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Gives it back. It does not fail. */
  release(): void;
}

/** Blocks are whole huge pages, as far as the kernel has any: 2 MiB. */
export const HUGE: number = 2 << 20;

const PROT_READ_WRITE = 3n;
const MAP_PRIVATE_ANONYMOUS = 0x22n;
const NO_FILE = 2n ** 64n - 1n;
const MADV_DONTFORK = 10n;
const MADV_HUGEPAGE = 14n;
const IORING_REGISTER_BUFFERS = 0n;
const IORING_UNREGISTER_BUFFERS = 1n;
/** Bytes of struct io_uring_params, and of struct iovec. */
const PARAMS_BYTES = 120;
const IOVEC_BYTES = 16;

/**
 * Maps memory and pins it for the long term, as a registered buffer of io_uring. Locking alone keeps pages in memory, and not
 * in their frames; and only a pin for the long term makes the kernel move them out of CMA, once, before it returns.
 *
 * @param size a multiple of 2 MiB, 1 GiB at most: no buffer may be larger.
 * @throws SystemCallError with nothing mapped.
 */
export function pinBlock(kernel: Kernel, size: number): PinnedBlock {
  const length = BigInt(size + HUGE);
  const start = kernel.call('mmap', 0n, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, NO_FILE, 0n);
  const address = ((start + BigInt(HUGE) - 1n) / BigInt(HUGE)) * BigInt(HUGE);
  let ring: bigint | undefined;
  const release = (): void => {
    if (ring !== undefined) {
      // What is registered is unpinned by closing too, but later, in a worker of the kernel.
      quietly(() => kernel.call('io_uring_register', ring ?? 0n, IORING_UNREGISTER_BUFFERS, 0n, 0n));
      quietly(() => kernel.call('close', ring ?? 0n));
    }
    quietly(() => kernel.call('munmap', start, length));
  };
  try {
    // Without huge pages it is only slower.
    quietly(() => kernel.call('madvise', address, BigInt(size), MADV_HUGEPAGE));
    // A child would share the pages, and whoever writes first would be given others.
    kernel.call('madvise', address, BigInt(size), MADV_DONTFORK);
    kernel.call('mlock', address, BigInt(size));
    ring = openRing(kernel);
    registerBuffer(kernel, ring, address, size);
    return { address, bytes: kernel.view(address, size), release };
  } catch (error) {
    release();
    throw error;
  }
}

function openRing(kernel: Kernel): bigint {
  return withMappings(kernel, [new Uint8Array(PARAMS_BYTES)], ([params]) =>
    kernel.call('io_uring_setup', 1n, params?.address ?? 0n),
  );
}

function registerBuffer(kernel: Kernel, ring: bigint, address: bigint, size: number): void {
  const iovec = new Uint8Array(IOVEC_BYTES);
  const view = new DataView(iovec.buffer);
  view.setBigUint64(0, address, true);
  view.setBigUint64(8, BigInt(size), true);
  withMappings(kernel, [iovec], ([buffers]) =>
    kernel.call('io_uring_register', ring, IORING_REGISTER_BUFFERS, buffers?.address ?? 0n, 1n),
  );
}

/** What may fail without harm. */
function quietly(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}
