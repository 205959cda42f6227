/** Bits of a physical address at most (Arm ARM D8.1, FEAT_LPA and FEAT_LPA2). */
export const ADDRESS_BITS_MAX = 52;

/** Page frame numbers are below this: 40 bits of them, with pages of 4 KiB. */
export const PAGE_FRAMES: number = 2 ** (ADDRESS_BITS_MAX - 12);

/**
 * Pages that all segments of a plan may take together: kernel and initramfs share a window of 32 GiB, and the device tree
 * has 2 MiB (booting.rst). It bounds what a plan of a few bytes can make anyone allocate, or go through page by page.
 */
export const PLAN_PAGES_MAX: number = 2 ** 23 + 2 ** 9;

/** Blocks of free memory that a buddy allocator keeps in lists: 2^22, which are 16 TiB where all are 4 MiB long. */
export const FREE_BLOCKS_MAX: number = 2 ** 22;

/** Pages that one run of copies may have: `CopyRuns` keeps their number in 32 bits. */
export const COPY_RUN_PAGES_MAX: number = 2 ** 32 - 1;
