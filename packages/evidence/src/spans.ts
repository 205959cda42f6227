import type { LogEvent } from './events.ts';
import type { LogLine } from './text/lines.ts';

/** Whose clock a span was measured by. */
export type SpanClock =
  /** One kernel's own, which begins anew with the next. */
  | 'printk'
  /** Of whoever wrote the log. */
  | 'logger'
  /** Wall-clock times of a mark and of the next boot. */
  | 'wall';

/** How a figure stands to the truth. */
export type Bound = 'exact' | 'at-least' | 'at-most' | 'about';

/** Time between two signs that were seen. */
export interface Span {
  readonly seconds: number;
  readonly clock: SpanClock;
  /** Seconds that the clock's rounding makes it uncertain by. */
  readonly plusMinus: number;
}

const MICROS = 1_000_000;
const DAY = 86_400 * MICROS;

/** Time between two lines of one kernel: by its own clock, else by the logger's. */
export function spanOf(from: LogLine, to: LogLine): Span | undefined {
  if (from.printk !== undefined && to.printk !== undefined && to.printk >= from.printk)
    return { seconds: (to.printk - from.printk) / MICROS, clock: 'printk', plusMinus: 0.000_001 };
  return spanByLogger(from, to);
}

/** Time between two lines by the clock of whoever wrote the log, which kernels do not reset. */
export function spanByLogger({ logger: from }: LogLine, { logger: to }: LogLine): Span | undefined {
  if (from === undefined || to === undefined || from.clock !== to.clock) return undefined;
  const passed = to.micros - from.micros;
  // A clock that shows no date passes midnight.
  const micros = passed < -DAY / 2 && from.clock === 'day' ? passed + DAY : passed;
  if (micros < 0) return undefined;
  return { seconds: micros / MICROS, clock: 'logger', plusMinus: Math.max(from.resolution, to.resolution) / MICROS };
}

/** Time from a line to the beginning of the next kernel's clock, which a line of it tells. */
export function spanToClock(from: LogLine, { printk, logger, ...line }: LogLine): Span | undefined {
  if (printk === undefined || logger === undefined) return undefined;
  // A logger that rounds may see a line before it was printed.
  const span = spanByLogger(from, { ...line, printk, logger });
  return span && { ...span, seconds: Math.max(0, Math.round(span.seconds * MICROS - printk) / MICROS) };
}

/** The last event of one of these kinds. */
export function lastOf(events: readonly LogEvent[], ...kinds: readonly string[]): LogEvent | undefined {
  return events.findLast(({ kind }) => kinds.includes(kind));
}

/** The first event of one of these kinds. */
export function firstOf(events: readonly LogEvent[], ...kinds: readonly string[]): LogEvent | undefined {
  return events.find(({ kind }) => kinds.includes(kind));
}
