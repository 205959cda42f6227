/** The general-purpose registers by name, as the numbers that go into an encoding. */
export const x0 = 0;
export const x1 = 1;
export const x2 = 2;
export const x3 = 3;
export const x4 = 4;
export const x5 = 5;
export const x6 = 6;
export const x7 = 7;
export const x8 = 8;
export const x9 = 9;
export const x10 = 10;
export const x11 = 11;
export const x12 = 12;
export const x13 = 13;
export const x14 = 14;
export const x15 = 15;
export const x16 = 16;
export const x17 = 17;
export const x18 = 18;
export const x19 = 19;
export const x20 = 20;
export const x21 = 21;
export const x22 = 22;
export const x23 = 23;
export const x24 = 24;
export const x25 = 25;
export const x26 = 26;
export const x27 = 27;
export const x28 = 28;
export const x29 = 29;
export const x30 = 30;
/** Register 31 where an encoding reads it as zero. Its number does not say which of the two is meant: hence the name. */
export const xzr: 'xzr' = 'xzr';
/** Register 31 where an encoding reads it as the stack pointer. */
export const sp: 'sp' = 'sp';

/** The number of a register that is an operand: 31 for `xzr` and `sp`, which share it. */
export const registerNumber = (value: number | bigint | string): number =>
  value === xzr || value === sp ? 31 : Number(value);
