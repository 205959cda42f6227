import { clean } from './clean.ts';
import { type LoggerTime, logged } from './logger.ts';
import { piecesOf } from './pieces.ts';
import { partsOf, stamped } from './printk.ts';

/** A line of a log, or a part of one where two were written into the same. */
export interface LogLine {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** What was said: without times, levels and escape sequences. */
  readonly text: string;
  /** Whether printk wrote it. */
  readonly isKernel: boolean;
  /** Whether a program is known to have said it, be it by way of printk. */
  readonly isProgram: boolean;
  /** Microseconds on the kernel's clock. */
  readonly printk: number | undefined;
  /** When it came, by the clock of whoever wrote the log. */
  readonly logger: LoggerTime | undefined;
}

/** Characters of a line that are kept: all of any that means something. */
const KEPT = 300;

/** The lines of a log that say something, in their order. */
export function* linesOf(text: string): Generator<LogLine> {
  for (const piece of piecesOf(text)) {
    const { time, rest, isProgram } = logged(clean(piece.text));
    for (const part of isProgram ? [rest] : partsOf(rest)) {
      const stamp = isProgram ? undefined : stamped(part);
      const said = (stamp?.message ?? part).trimEnd();
      if (said === '' && stamp === undefined) continue;
      yield {
        number: piece.number,
        text: said.slice(0, KEPT),
        isKernel: stamp !== undefined,
        isProgram: isProgram || stamp?.isProgram === true,
        printk: stamp?.micros,
        logger: time,
      };
    }
  }
}
