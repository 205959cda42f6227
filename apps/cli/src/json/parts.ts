// What the JSON of every command is made of. A schema describes a value before it is printed: a bigint is printed as `0x…`, what is
// undefined is left out of an object, and null in a list.
import * as v from 'valibot';

/** What a bigint is printed as. */
export const HEX = '^0x[0-9a-f]+$';

/** The value of a register or a field, or a size that a number might not hold exactly, as `0x…`. */
export const hex = (meaning: string) => v.pipe(v.bigint(), v.description(meaning));

/** An address, as `0x…`. */
export const address = (meaning: string) => hex(meaning);

/** A whole number: bytes, pages, how many. The meaning says which. */
export const count = (meaning: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(meaning));

/** Seconds, or a part of something. */
export const figure = (meaning: string) => v.pipe(v.number(), v.minValue(0), v.description(meaning));

/** A text for people, or a name. */
export const text = (meaning: string) => v.pipe(v.string(), v.description(meaning));

/** One of these words. */
export const word = <const Words extends readonly string[]>(words: Words, meaning: string) =>
  v.pipe(v.picklist(words), v.description(meaning));

export const flag = (meaning: string) => v.pipe(v.boolean(), v.description(meaning));

/** Any number of these. */
export const list = <const Item extends v.GenericSchema>(item: Item, meaning: string) =>
  v.pipe(v.array(item), v.readonly(), v.description(meaning));

/** Lines, names, reasons. */
export const texts = (meaning: string) => list(v.string(), meaning);

/** An object with these members, and no others. */
export const object = <const Entries extends v.ObjectEntries>(entries: Entries, meaning: string) =>
  v.pipe(v.strictObject(entries), v.description(meaning));

/** Sums and counts of what is listed beside them. */
export const totals = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  object(entries, 'sums and counts of what is listed');

/** A file that was written. */
export const written = object({ file: text('where'), bytes: count('its bytes') }, 'a file that was written');

/** An inclusive range of addresses. */
export const range = (meaning: string) =>
  object({ start: address('the first address'), end: address('the last one') }, meaning);

/** What a finding or an error says: the name of an errno, what is wrong, what to do. */
export const problem = {
  code: text('the name of an errno'),
  message: text('what is wrong, and where'),
  hint: text('what to do'),
} as const;
