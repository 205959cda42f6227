/** An address or page number for messages, as `0x40000000`. */
export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
