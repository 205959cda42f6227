// Bits of VMSAv8-64 descriptors. Those of the high half are told from bit 32.

/** AttrIndx[2:0], or MemAttr[3:0] in stage 2. */
export const INDEX_SHIFT = 2;
/** AP[1]: EL0 may access; RES1 where there is one privilege level. */
export const AP_USER: number = 1 << 6;
/** AP[2]. */
export const AP_READ_ONLY: number = 1 << 7;
/** S2AP[0] and S2AP[1]. */
export const S2_READ: number = 1 << 6;
export const S2_WRITE: number = 1 << 7;
/** AP[2:1], or S2AP in stage 2. */
export const ACCESS: number = 3 << 6;
export const SH_SHIFT = 8;
/** The access flag. */
export const AF: number = 1 << 10;
/** nG; RES0 where there is one privilege level. */
export const NOT_GLOBAL: number = 1 << 11;
/** nT, in blocks only: hardware keeps what it caches of the block apart from other sizes (FEAT_BBM). */
export const NT: number = 1 << 16;
/** GP: branches into it must land on BTI. */
export const GUARDED: number = 1 << (50 - 32);
/** DBM. */
export const DIRTY: number = 1 << (51 - 32);
/** The hint that a group of entries is one larger mapping. */
export const CONTIGUOUS: number = 1 << (52 - 32);
/** In stage 2 XN[0]: EL0 and EL1 differ. */
export const PXN: number = 1 << (53 - 32);
/** XN where there is one privilege level; in stage 2 XN[1]. */
export const UXN: number = 1 << (54 - 32);
/** Bits 58:55, left to software. */
export const SOFTWARE_SHIFT: number = 55 - 32;
export const SOFTWARE: number = 15 << SOFTWARE_SHIFT;

// Table descriptors carry limits for everything below them: PXNTable, UXNTable, APTable[0], APTable[1].
export const UNDER_PXN: number = 1 << (59 - 32);
export const UNDER_UXN: number = 1 << (60 - 32);
export const UNDER_NOT_USER: number = 1 << (61 - 32);
export const UNDER_READ_ONLY: number = 1 << (62 - 32);
/** All limits of a table descriptor, NSTable among them. */
export const TABLE_LIMITS: number = 31 << (59 - 32);
