/** Below it 32-bit devices reach everything. */
export const FOUR_GIB = 0x1_0000_0000n;
/** Behind the last address. */
export const TOP: bigint = 1n << 64n;
