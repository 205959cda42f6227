// The kernel's error numbers, as its functions return them.

/** The parameter does not occur, or is unknown. */
export const ENOENT = -2;
/** The value is wrong. */
export const EINVAL = -22;
/** The value is too long. */
export const ENOSPC = -28;
