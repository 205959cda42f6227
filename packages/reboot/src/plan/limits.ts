/**
 * Bytes that a kernel may ask for beyond its file: its BSS. Debian's takes less than one MiB, and kernels built for
 * debugging (KASAN, lockdep) some tens: a header that asks for more than this is damaged. It bounds how much longer than
 * its files a plan can take, as every byte of zeros is planned for, digested and proved.
 */
export const BSS_MAX: bigint = 256n << 20n;

/** The most CPUs of an arm64 kernel (CONFIG_NR_CPUS goes up to 4096). */
export const CPUS_MAX = 4096;

/** The most that a device tree may take, in bytes (booting.rst, "Setup the device tree"). */
export const DTB_MAX: number = 2 * 2 ** 20;
