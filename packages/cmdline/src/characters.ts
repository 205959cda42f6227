/** Characters that the kernel's grammars look for, as `charCodeAt` gives them. */
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const DIGIT_0 = 0x30;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const AT = 0x40;
export const UNDERSCORE = 0x5f;
