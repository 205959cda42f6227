import { clean } from './clean.ts';
import { type LoggerTime, logged } from './logger.ts';
import { Pieces } from './pieces.ts';
import { partsOf, type Stamped, stamped } from './printk.ts';

/** A line of a log, or a part of one where two were written into the same. */
export interface LogLine {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** What was said: without times, levels and escape sequences. */
  readonly text: string;
  /** Whether printk wrote it, or whoever wrote the log names the kernel. */
  readonly isKernel: boolean;
  /** Whether a program is known to have said it, be it by way of printk. */
  readonly isProgram: boolean;
  /** Microseconds on the kernel's clock. */
  readonly printk: number | undefined;
  /** When it came, by the clock of whoever wrote the log. */
  readonly logger: LoggerTime | undefined;
}

/** A line, and whether its time is as only `dmesg` writes it: all that it prints is a kernel's. */
export type TakeLine = (line: LogLine, isDmesg: boolean) => void;

/** Characters of a line that are kept: all of any that means something. */
const KEPT = 300;

/** Takes the lines that say something from a text that comes bit by bit, in their order. */
export const linesTo = (take: TakeLine): Pieces =>
  new Pieces((text, number) => {
    const { time, rest, isProgram, isKernel = false, isDmesg = false } = logged(clean(text));
    const give = (part: string, stamp: Stamped | undefined): void => {
      const said = (stamp?.message ?? part).trimEnd();
      if (said === '' && stamp === undefined) return;
      const line: LogLine = {
        number,
        text: said.length > KEPT ? said.slice(0, KEPT) : said,
        isKernel: stamp !== undefined || isKernel,
        isProgram: isProgram || stamp?.isProgram === true,
        printk: stamp?.micros,
        logger: time,
      };
      take(line, isDmesg);
    };
    if (isProgram) give(rest, undefined);
    else for (const part of partsOf(rest)) give(part, stamped(part));
  });

/** A copy of a text that was cut from a long one, which an engine would keep for it. */
export const ownText = (text: string): string => ` ${text}`.slice(1);

/** A line that is kept when what it stands in is gone. */
export const ownLine = (line: LogLine): LogLine => ({ ...line, text: ownText(line.text) });
