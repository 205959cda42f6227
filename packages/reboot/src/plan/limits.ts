/** Most bytes that a kernel file is unpacked to. */
export const UNPACKED_MAX: number = 2 ** 30;

/** Bytes of BSS that any kernel may ask for: Debian's takes less than one MiB, kernels built for debugging some tens. */
const BSS_MAX = 64n << 20n;

/**
 * The most memory that content of so many bytes may ask for: twice as much, and a BSS. A header that asks for more is
 * damaged. It bounds how much longer than its files a plan can take, as each byte of zeros is planned for, digested and
 * proved.
 */
export const memoryMax = (bytes: bigint): bigint => 2n * bytes + BSS_MAX;

/** The most CPUs of an arm64 kernel (CONFIG_NR_CPUS goes up to 4096). */
export const CPUS_MAX = 4096;

/** The most that a device tree may take, in bytes (booting.rst, "Setup the device tree"). */
export const DTB_MAX: number = 2 * 2 ** 20;
