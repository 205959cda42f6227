/** Milliseconds of each unit. */
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d{1,9})(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d{1,9}(?:ms|s|m|h|d)){1,5}$/;

/** Thirty days: what a limit or a pause is at most. */
export const DURATION_MAX: number = 30 * UNITS.d;

/** Milliseconds of a time such as `500ms`, `90s`, `5m` or `1h30m`; undefined for anything else, and for more than {@link DURATION_MAX}. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(PART)) sum += Number(number) * unitOf(unit);
  return sum <= DURATION_MAX ? sum : undefined;
}

function unitOf(unit: string | undefined): number {
  const found = Object.entries(UNITS).find(([name]) => name === unit);
  return found === undefined ? Number.NaN : found[1];
}

/** Milliseconds as {@link parseDuration} reads them, in the largest units that are whole. */
export function formatDuration(ms: number): string {
  let left = Math.round(ms);
  let text = '';
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
