import { atOnce, type Boot, type BootLog, BootReading, bootLogInSteps } from './boots.ts';
import type { EventKind } from './events.ts';
import type { KexecLoad } from './kexec-load.ts';
import { type Passage, passageOf } from './passage.ts';
import { type Stop, stopOf } from './stop.ts';
import type { LogLine } from './text/lines.ts';

/** Where a boot stands in a log. */
export interface BootLines {
  readonly number: number;
  readonly first: number;
  readonly last: number;
}

/** What a log says of the reboots in it. */
export interface LogReport {
  /** Lines that say something. */
  readonly lines: number;
  readonly last: LogLine | undefined;
  readonly boots: readonly BootLines[];
  /** The way to each boot, and the way out of the last one where it was begun. */
  readonly passages: readonly Passage[];
  /** Where each boot stopped. */
  readonly stops: readonly Stop[];
  /** What kexec-tools loaded, as `kexec -d` prints it. */
  readonly loads: readonly KexecLoad[];
  /** The line where reading ended, because no log of reboots has so many lines that mean something. */
  readonly cutAt: number | undefined;
}

/**
 * Reads a console's log, or what `dmesg` prints, and says how long each phase of each reboot in it took and where each boot
 * stopped. Nothing is guessed: a time stands between two lines, or it is unknown and the report says why. Any text has a
 * report, and the time for it grows with its length.
 */
export const reportLog = (text: string): LogReport => atOnce(reportLogInSteps(text));

/** A line that tells something of a reboot: what it means, what it names, and the number of the boot that it belongs to. */
export interface Sign {
  readonly boot: number;
  readonly kind: EventKind;
  readonly line: LogLine;
  readonly value: string;
}

/** What a log says of the reboots in it, with the lines that say it: for whoever draws them. */
export interface ReadLog {
  readonly report: LogReport;
  /** In the order of the log. */
  readonly signs: readonly Sign[];
}

/**
 * Reads a log that comes bit by bit, as a file is read or decoded: only what means something is kept of it. How it is divided
 * into bits makes no difference.
 */
export class LogReading {
  readonly #reading = new BootReading();

  /** Takes the next characters. */
  push(text: string): void {
    this.#reading.push(text);
  }

  /** Whether so much means something already that nothing more is read. */
  get isFull(): boolean {
    return this.#reading.isFull;
  }

  /** Whether something of a kernel, or of a load, was seen: then it is a log. */
  get isLog(): boolean {
    return this.#reading.seesKernel;
  }

  /** What was read. */
  end(): ReadLog {
    const log = this.#reading.end();
    const signs = log.boots.flatMap(({ number, events }) =>
      events.map(({ kind, line, value }): Sign => ({ boot: number, kind, line, value })),
    );
    return { report: reportOf(log), signs };
  }
}

/**
 * As {@link reportLog}, in steps that each take some milliseconds: whoever must stay able to answer rests between them.
 */
export function* reportLogInSteps(text: string): Generator<undefined, LogReport, undefined> {
  return reportOf(yield* bootLogInSteps(text));
}

function reportOf(log: BootLog): LogReport {
  const { boots } = log;
  return {
    lines: log.lines,
    last: log.last,
    boots: boots.map(({ number, first, last }) => ({ number, first: first.number, last: last.number })),
    passages: passagesOf(log),
    stops: boots.map((boot, at) => stopOf(boot, boots[at + 1], log)),
    loads: log.loads,
    cutAt: log.cutAt,
  };
}

function passagesOf({ boots }: BootLog): Passage[] {
  const arrived = boots
    .filter((boot, at) => at > 0 || seesBeginning(boot))
    .map((boot) => passageOf(boots[boot.number - 2], boot));
  const last = boots.at(-1);
  return last !== undefined && leaves(last) ? [...arrived, passageOf(last, undefined)] : arrived;
}

/** Whether a boot's beginning is in the log. */
function seesBeginning({ came, events }: Boot): boolean {
  return came !== 'log-begins' || events.some(({ kind }) => kind === 'booting' || kind === 'version');
}

/** Whether a kernel began to leave for another. */
function leaves({ events }: Boot): boolean {
  return events.some(({ kind }) => kind === 'kexec-start' || kind === 'crash-start' || kind === 'user-space-done');
}
