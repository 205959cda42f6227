import type { Measurement, Spread } from './measure.ts';

const HEADINGS = ['package', 'benchmark', 'time', 'spread', 'beside', 'its time', 'ratio', "Linux's C", 'ours ÷ C'];
/** Columns that hold text align left. */
const TEXT = new Set([0, 1, 4]);

/** One table of all measurements; numbers align right. */
export function renderTable(measurements: readonly Measurement[]): string {
  const rows = [HEADINGS, ...measurements.map(row)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => (TEXT.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function row({ package: name, name: benchmark, time, reference, ratio, mark }: Measurement): string[] {
  return [
    name,
    benchmark,
    duration(time.median),
    percent(time),
    reference?.name ?? '',
    reference === undefined ? '' : duration(reference.time.median),
    ratio === undefined ? '' : `${significant(ratio.median)}×`,
    mark === undefined ? '' : duration(mark.nanoseconds),
    mark === undefined ? '' : significant(time.median / mark.nanoseconds),
  ];
}

/** Half the distance between the fastest and the slowest sample, as a share of the median. */
function percent({ median, min, max }: Spread): string {
  return `±${((50 * (max - min)) / median).toFixed(0)} %`;
}

const UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
] as const;

/** Nanoseconds in the unit that suits them. */
export function duration(nanoseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => nanoseconds >= size) ?? ['ns', 1];
  return `${significant(nanoseconds / size)} ${unit}`;
}

/** Three significant digits, two below one tenth, never with an exponent. */
function significant(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value < 0.1) return String(Number(value.toPrecision(2)));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
