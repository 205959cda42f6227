/** A JSON object whose fields are not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object. */
export function objectOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  return Object.fromEntries(Object.entries(value));
}

/** A text field. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new TypeError(`${name} is not text: ${JSON.stringify(value)}`);
  return value;
}

/** A text field that may be null. */
export function textOrNull(fields: Fields, name: string): string | null {
  return fields[name] === null ? null : text(fields, name);
}

/** A number field. */
export function num(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number') throw new TypeError(`${name} is not a number: ${JSON.stringify(value)}`);
  return value;
}

/** A flag: true, false, 1 or 0. */
export function bool(fields: Fields, name: string): boolean {
  return fields[name] === true || fields[name] === 1;
}

/** An address, size or set of flags, written as hex text. */
export function u64(fields: Fields, name: string): bigint {
  const value = fields[name];
  return typeof value === 'number' ? BigInt(value) : BigInt(text(fields, name));
}

/** Hex text as the vectors write it. */
export function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** The value as an array. */
export function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`not an array: ${JSON.stringify(value)}`);
  return value;
}

/** One case of a reference vector file. */
export interface VectorCase {
  readonly id: string;
  readonly fn: string;
  readonly input: unknown;
}
