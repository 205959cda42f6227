/** States of a line in the data cache. */
export const INVALID = 0;
export const CLEAN = 1;
export const DIRTY = 2;
