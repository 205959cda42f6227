const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'] as const;

/** A size as short as `memparse` reads it back: `256M`, `1G`, `4097`. */
export function formatSize(bytes: bigint): string {
  let value = bytes;
  let unit = 0;
  while (value !== 0n && (value & 0x3ffn) === 0n && unit < UNITS.length - 1) {
    value >>= 10n;
    unit++;
  }
  return `${value}${UNITS[unit]}`;
}
