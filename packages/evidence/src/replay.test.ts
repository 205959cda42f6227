import { expect, test } from 'vitest';
import { Printed } from './replay.ts';
import { type LogLine, linesTo } from './text/lines.ts';

/** Lines of a kernel, one each microsecond from its first second on. */
function linesFrom(first: number, count: number): LogLine[] {
  const lines: LogLine[] = [];
  const pieces = linesTo((line) => lines.push(line));
  for (let at = first; at < first + count; at++) pieces.push(`[${(1 + at / 1e6).toFixed(6).padStart(12)}] line\n`);
  pieces.end();
  return lines;
}

test('the last lines are remembered, those long before are not', () => {
  const printed = new Printed();
  const lines = [...linesFrom(0, 50_000)];
  for (const line of lines) printed.add(line);
  expect(lines.slice(-20_000).every((line) => printed.has(line))).toBe(true);
  expect(lines.slice(0, 10_000).some((line) => printed.has(line))).toBe(false);
  const last = lines.at(-1)?.printk ?? 0;
  expect(printed.since(last)).toBe(1);
  printed.forget();
  expect(printed.since(0)).toBe(0);
});

test('a line that is said again counts once', () => {
  const printed = new Printed();
  const again = [...linesFrom(0, 30_000), ...linesFrom(15_000, 10)];
  for (const line of again) printed.add(line);
  const since = 1_015_000;
  expect(printed.since(since)).toBe(15_000);
  const other = new Printed();
  other.addAll(printed);
  expect(other.since(since)).toBe(15_000);
});

test('to remember a line takes as long after three hundred thousand as after one', { timeout: 30_000 }, () => {
  const printed = new Printed();
  for (const line of linesFrom(0, 300_000)) printed.add(line);
  expect(printed.since(1_299_999)).toBe(1);
});
