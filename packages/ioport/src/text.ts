import type { Range } from './range.ts';

/** A range for messages, as `0x40000000-0x7fffffff`. */
export function formatRange({ start, end }: Range): string {
  return `0x${start.toString(16)}-0x${end.toString(16)}`;
}
