/**
 * Bytes that a kernel may ask for beyond its file: its BSS. Even kernels built for debugging (KASAN, lockdep) stay well
 * below this; a header that asks for more is damaged.
 */
export const BSS_MAX: bigint = 1n << 30n;

/** The most CPUs of an arm64 kernel (CONFIG_NR_CPUS goes up to 4096). */
export const CPUS_MAX = 4096;

/** The most that a device tree may take, in bytes (booting.rst, "Setup the device tree"). */
export const DTB_MAX: number = 2 * 2 ** 20;
