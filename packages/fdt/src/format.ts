// Devicetree Specification v0.4, chapter 5. All numbers in a blob are big-endian.

/** First word of every blob (5.2). */
export const FDT_MAGIC = 0xd00dfeed;
/** The version written, and the newest read (5.2). */
export const FDT_VERSION = 17;
/** The oldest version whose structure block is laid out like version 17's (5.1). */
export const FDT_LAST_COMP_VERSION = 16;
/** Header of version 17, ten words (5.2). */
export const HEADER_SIZE = 40;
/** Header of version 16: the same without `size_dt_struct`. */
export const HEADER_SIZE_V16 = 36;
/** One address and one size, 64 bits each (5.3.2). */
export const RESERVATION_SIZE = 16;

/** Tokens of the structure block (5.4.1). */
export const FDT_BEGIN_NODE = 1;
export const FDT_END_NODE = 2;
export const FDT_PROP = 3;
export const FDT_NOP = 4;
export const FDT_END = 9;

/** Linux's own limit on nesting (drivers/of/fdt.c); deeper nodes would be ignored there. */
export const MAX_DEPTH = 64;

/** The longest name taken, in characters. The specification allows 31 (2.2.1); real trees have some twice that. */
export const MAX_NAME = 255;

// The characters of 2.2.1 and 2.2.4.1, and those that dtc also takes; others cannot be written as DTS.
const NAME = /^[0-9a-zA-Z,._+*#?@-]+$/;

/** 1 for each byte that {@link isName} takes in a name. */
export const NAME_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  NAME.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Whether `name` can be the name of a property or (not the root) of a node. */
export function isName(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name);
}
