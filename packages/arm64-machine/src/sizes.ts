/** Bytes of a frame: the machine keeps memory in 4 KiB pieces whatever granule its tables use. */
export const FRAME_SIZE = 4096;
/** 32-bit words, and so instructions, in a frame. */
export const FRAME_WORDS = 1024;
/** Translation table descriptors in a frame. */
export const FRAME_DESCRIPTORS = 512;
/** Bytes of a cache line. */
export const LINE_SIZE = 64;
/** 32-bit words, and so instructions, in a cache line. */
export const LINE_WORDS = 16;
/** Cache lines in a frame. */
export const FRAME_LINES = 64;
