import { printableJson } from './printable.ts';

/** JSON for people and programs; addresses as `0x…` strings. */
export function plainJson(value: unknown): string {
  const plain = (_: string, inner: unknown): unknown => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner);
  return `${printableJson(JSON.stringify(value, plain, 2))}\n`;
}
