/** Bytes of a frame: the machine keeps memory in 4 KiB pieces whatever granule its tables use. */
export const FRAME_SIZE = 4096;
/** 32-bit words, and so instructions, in a frame. */
export const FRAME_WORDS = 1024;
/** Translation table descriptors in a frame. */
export const FRAME_DESCRIPTORS = 512;
/** Bytes of a cache line that a CPU can have, the shortest first; 2048 is the most that CTR_EL0.CWG can tell. */
export const lineSizes = [32, 64, 128, 256, 512, 1024, 2048] as const;
export type LineSize = (typeof lineSizes)[number];
/** Bytes of a cache line, unless the CPU is made with another. */
export const LINE_SIZE = 64;
/** Bytes of the smallest cache line: what lies in so many bytes, aligned, lies in one line of any CPU. */
export const SMALLEST_LINE = 32;
/** Bytes that DC ZVA zeroes: DCZID_EL0.BS is 4, log2 of the words. */
export const ZERO_BLOCK = 64;

/** How far an address is shifted right to count lines. */
export const lineShiftOf = (size: LineSize): number => Math.log2(size);

/** A word of memory that nobody wrote: no routine may rely on zeros. */
export const GARBAGE = 0xa5a5a5a5;
