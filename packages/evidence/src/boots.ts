import { crumbsOf } from './crumbs.ts';
import { type EventKind, eventOf, type LogEvent } from './events.ts';
import { type KexecLoad, KexecLoads } from './kexec-load.ts';
import { Printed, Replay } from './replay.ts';
import { type LogLine, linesTo, ownLine, ownText } from './text/lines.ts';

/**
 * How a boot came to be: `log-begins` nothing is before it · `kexec`, `crash-kexec` the kernel before it said so ·
 * `firmware` firmware was heard before it · `restart` the kernel before it restarted the machine · `unannounced` nobody
 * said anything.
 */
export type Came = 'log-begins' | 'kexec' | 'crash-kexec' | 'firmware' | 'restart' | 'unannounced';

/** One kernel from its first line to its last. */
export interface Boot {
  /** From 1. */
  readonly number: number;
  readonly came: Came;
  readonly first: LogLine;
  /** The last line before the next boot, whoever wrote it. */
  readonly last: LogLine;
  /** The last line that means something of a kernel's. */
  readonly lastKernel: LogLine;
  readonly events: readonly LogEvent[];
  /**
   * The line up to user space that came soonest after it was printed, by the logger's clock and the kernel's. Until a kernel has
   * a console its lines are kept: they come late, and all at once.
   */
  readonly promptest: LogLine | undefined;
  /** Lines behind the last that announced the end, that are neither a kernel's nor firmware's: who else wrote? */
  readonly strangers: number;
  /** Lines of the kernel behind the last that told of a fault. */
  readonly calm: number;
}

/** What a log says, boot by boot. */
export interface BootLog {
  /** Lines that say something. */
  readonly lines: number;
  readonly last: LogLine | undefined;
  readonly boots: readonly Boot[];
  /** What firmware said behind the last boot, where it began anew. */
  readonly firmware: LogEvent | undefined;
  readonly loads: readonly KexecLoad[];
  /** The line where reading ended, because so many before it mean something. */
  readonly cutAt: number | undefined;
}

/** Lines that mean something, and boots, of a log that is read: a thousand reboots have some ten thousand. */
const MEANING_MAX = 100_000;

/** Microseconds that stamps of several CPUs may be out of order without a new clock. */
const SKEW = 1_000_000;

const ANNOUNCES: ReadonlySet<EventKind> = new Set(['user-space-done', 'kexec-start', 'crash-start', 'bye', 'restart']);
/** What a kernel says at last. */
const LEFT: ReadonlySet<EventKind> = new Set(['kexec-start', 'crash-start', 'bye']);
/** Behind that nobody goes on. */
const ENDS: ReadonlySet<EventKind> = new Set(['mismatch', 'oops', 'panic']);
/** What tells of a fault. */
export const FAULTS: ReadonlySet<EventKind> = new Set(['oops', 'fault-detail', 'end-trace', 'panic', 'stalled']);
/** What anybody may say: the kernel, or somebody in its name. All else only a kernel says, with its time if it has one. */
const ANYBODY: ReadonlySet<EventKind> = new Set([
  'booting',
  'mark',
  'measured-run',
  'user-space-done',
  'purgatory',
  'mismatch',
  'firmware',
  'firmware-chatter',
]);

/** What only programs say: all else they quote. */
const PROGRAMS: ReadonlySet<EventKind> = new Set(['mark', 'measured-run', 'user-space', 'user-space-done']);

/** What means something only in a boot that is known. */
const DETAILS: ReadonlySet<EventKind> = new Set(['firmware-chatter', 'fault-detail', 'end-trace', 'crumbs', 'cpu-off']);

/** Characters that are read in one step: some milliseconds. */
const STEP = 2 ** 17;

/** Divides a log into boots, in steps that each take a short time. Any text has an answer; the time for it grows with its length. */
export function* bootLogInSteps(text: string): Generator<undefined, BootLog, undefined> {
  const reading = new BootReading();
  for (let at = 0; at < text.length; at += STEP) {
    reading.push(text.slice(at, at + STEP));
    if (reading.isFull) break;
    yield;
  }
  return reading.end();
}

/** Divides a log into boots at once. */
export const readBootLog = (text: string): BootLog => atOnce(bootLogInSteps(text));

/** Takes all steps. */
export function atOnce<Result>(steps: Generator<undefined, Result, undefined>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** A boot that is being read. */
interface OpenBoot {
  readonly number: number;
  readonly came: Came;
  readonly first: LogLine;
  last: LogLine;
  lastKernel: LogLine;
  readonly events: LogEvent[];
  readonly kinds: Set<EventKind>;
  clock: number | undefined;
  promptest: LogLine | undefined;
  strangers: number;
  calm: number;
  readonly printed: Printed;
  /** Undefined where something else than its first line says that it is another boot. */
  readonly replay: Replay | undefined;
}

/** Divides a log that comes bit by bit into boots. How it is divided into bits makes no difference. */
export class BootReading {
  readonly #pieces = linesTo((line, isDmesg) => this.#take(line, isDmesg));
  readonly #boots: OpenBoot[] = [];
  readonly #loads = new KexecLoads();
  #meaning = 0;
  #lines = 0;
  #last: LogLine | undefined;
  #firmware: LogEvent | undefined;
  #cutAt: number | undefined;
  /** The first and the last line that only `dmesg` writes so, as long as there is no boot. */
  #dmesg: { readonly first: LogLine; last: LogLine } | undefined;

  /** Takes the next characters; those behind the line where reading ended are not looked at. */
  push(text: string): void {
    if (!this.isFull) this.#pieces.push(text);
  }

  /** Whether reading has ended: what still comes makes no difference. */
  get isFull(): boolean {
    return this.#cutAt !== undefined;
  }

  /** Whether something of a kernel was seen. */
  get seesKernel(): boolean {
    return this.#boots.length > 0 || this.#meaning > 0 || this.#dmesg !== undefined;
  }

  #take(line: LogLine, isDmesg: boolean): void {
    if (this.#meaning >= MEANING_MAX) this.#cutAt ??= line.number;
    if (this.isFull) return;
    if (isDmesg && this.#boots.length === 0) this.#dmesg = { first: this.#dmesg?.first ?? ownLine(line), last: line };
    this.#see(line);
  }

  #see(line: LogLine): void {
    this.#lines += 1;
    this.#last = line;
    if (!line.isKernel && this.#loads.see(line.number, line.text)) {
      this.#meaning += 1;
      return;
    }
    const found = this.#eventOf(line);
    const event = found && { ...found, line: ownLine(line), value: ownText(found.value) };
    if (event !== undefined) this.#meaning += 1;
    if (event?.kind === 'firmware') {
      this.#firmware = event;
      return;
    }
    const boot = this.#bootOf(line, event);
    if (boot !== undefined) add(boot, line, event);
  }

  /** What was read. */
  end(): BootLog {
    if (!this.isFull) this.#pieces.end();
    this.#openDmesg();
    this.#foldReplay();
    return {
      lines: this.#lines,
      last: this.#last,
      boots: this.#boots.map(({ kinds: _, clock: __, printed: ___, replay: ____, ...boot }) => boot),
      firmware: this.#firmware,
      loads: this.#loads.found(),
      cutAt: this.#cutAt,
    };
  }

  /** A kernel whose first lines are lost, and all of whose times are as `dmesg -T` writes them. */
  #openDmesg(): void {
    if (this.#boots.length > 0 || this.#firmware !== undefined || this.#dmesg === undefined) return;
    const { first, last } = this.#dmesg;
    const boot = this.#open(first);
    boot.last = last;
    boot.lastKernel = last;
  }

  #eventOf(line: LogLine): LogEvent | undefined {
    const boot = this.#boots.at(-1);
    if (boot !== undefined && !line.isKernel && (boot.kinds.has('bye') || boot.kinds.has('kexec-start'))) {
      const crumbs = crumbsOf(line.text);
      if (crumbs !== undefined) return { kind: crumbs.mismatch ? 'mismatch' : 'crumbs', line, value: line.text };
    }
    const event = eventOf(line);
    if (line.isProgram) return event && PROGRAMS.has(event.kind) ? event : undefined;
    if (event === undefined || line.isKernel || ANYBODY.has(event.kind)) return event;
    return boot?.clock === undefined ? event : undefined;
  }

  /** The boot that a line belongs to; `undefined` before the first. */
  #bootOf(line: LogLine, event: LogEvent | undefined): OpenBoot | undefined {
    const boot = this.#boots.at(-1);
    if (boot === undefined) {
      const isKernel = line.isKernel || (event !== undefined && !DETAILS.has(event.kind));
      return isKernel ? this.#open(line) : undefined;
    }
    if (begins(boot, line, event)) return this.#open(line);
    if (this.#firmware === undefined) return boot;
    if (!line.isKernel) return undefined;
    // The same kernel goes on: somebody only showed what firmware had said.
    this.#firmware = undefined;
    return boot;
  }

  #open(begin: LogLine): OpenBoot {
    const line = ownLine(begin);
    this.#foldReplay();
    this.#boots.at(-2)?.printed.forget();
    const before = this.#boots.at(-1);
    if (before !== undefined) keep(before);
    const came = this.#firmware === undefined ? cameAfter(before) : 'firmware';
    this.#firmware = undefined;
    this.#meaning += 1;
    const boot: OpenBoot = {
      number: this.#boots.length + 1,
      came,
      first: line,
      last: line,
      lastKernel: line,
      events: [],
      kinds: new Set(),
      clock: undefined,
      promptest: undefined,
      strangers: 0,
      calm: 0,
      printed: new Printed(),
      replay: came === 'unannounced' ? replayOf(before, line) : undefined,
    };
    this.#boots.push(boot);
    return boot;
  }

  /** The last boot is none where it only repeats the one before: that goes on. */
  #foldReplay(): void {
    const boot = this.#boots.at(-1);
    const before = this.#boots.at(-2);
    if (before === undefined || boot?.replay?.isOne !== true) return;
    this.#boots.pop();
    goOn(before, boot, boot.replay.until);
  }
}

/** Lines that are kept for as long as the report is. */
function keep(boot: OpenBoot): void {
  boot.last = ownLine(boot.last);
  boot.lastKernel = ownLine(boot.lastKernel);
  if (boot.promptest !== undefined) boot.promptest = ownLine(boot.promptest);
}

/** Whether a line is the first of another boot. */
function begins({ kinds, clock }: OpenBoot, { printk }: LogLine, event: LogEvent | undefined): boolean {
  if (event?.kind === 'booting') return true;
  if (event?.kind === 'version' && (kinds.has('version') || (!kinds.has('booting') && clock !== 0))) return true;
  if (printk === undefined || clock === undefined) return false;
  return printk < clock - (kinds.has('bye') ? 0 : SKEW);
}

function cameAfter(boot: OpenBoot | undefined): Came {
  if (boot === undefined) return 'log-begins';
  const { events, kinds } = boot;
  if (kinds.has('restart')) return 'restart';
  // A purgatory that finds another digest stops, and so does a kernel that dies behind its last word: somebody reset the machine.
  const left = events.findLastIndex(({ kind }) => LEFT.has(kind) || kind === 'user-space-done');
  if (left >= 0 && events.slice(left).some(({ kind }) => ENDS.has(kind))) return 'unannounced';
  if (kinds.has('crash-start')) return 'crash-kexec';
  if (kinds.has('bye')) return 'kexec';
  const start = events.findLastIndex(({ kind }) => kind === 'kexec-start' || kind === 'user-space-done');
  // Who shows CPUs that go down would show the last word, too.
  const fails = events.slice(start).some(({ kind }) => kind === 'refused' || kind === 'cpu-off' || FAULTS.has(kind));
  return start < 0 || fails ? 'unannounced' : 'kexec';
}

const replayOf = (before: OpenBoot | undefined, line: LogLine): Replay | undefined =>
  before?.clock === undefined ? undefined : new Replay(before.printed, line, before.clock);

/** A boot goes on with what another one that was none has behind what it repeats. */
function goOn(boot: OpenBoot, more: OpenBoot, until: number): void {
  for (const event of more.events) {
    const { printk } = event.line;
    if (printk !== undefined && printk <= until) continue;
    boot.events.push(event);
    boot.kinds.add(event.kind);
  }
  boot.printed.addAll(more.printed);
  boot.last = more.last;
  boot.lastKernel = more.lastKernel;
  boot.clock = Math.max(until, more.clock ?? 0);
  boot.strangers = more.strangers;
  boot.calm = more.calm;
}

/** Half a day: a clock that shows no date passed midnight. */
const HALF_A_DAY = 43_200_000_000;

/** Microseconds on the logger's clock when a boot's own began, or before: no line comes before it is printed. */
function clockBegan({ logger, printk }: LogLine, { logger: first }: LogLine): number | undefined {
  if (logger === undefined || printk === undefined || first?.clock !== logger.clock) return undefined;
  return Math.abs(logger.micros - first.micros) > HALF_A_DAY ? undefined : logger.micros - printk;
}

/** The line of two that came sooner after it was printed. */
function prompter(known: LogLine | undefined, line: LogLine, first: LogLine): LogLine | undefined {
  const began = clockBegan(line, first);
  if (began === undefined) return known;
  const before = known === undefined ? undefined : clockBegan(known, first);
  return before === undefined || began < before ? line : known;
}

/** The same kernel goes on: somebody only showed what a purgatory had said. */
function takeBackMismatch({ events, kinds }: OpenBoot): void {
  kinds.delete('mismatch');
  for (let at = events.length - 1; at >= 0; at--) if (events[at]?.kind === 'mismatch') events.splice(at, 1);
}

function add(boot: OpenBoot, line: LogLine, event: LogEvent | undefined): void {
  const before = boot.lastKernel;
  boot.last = line;
  boot.replay?.see(line);
  boot.printed.add(line);
  if (line.isKernel && boot.kinds.has('mismatch')) takeBackMismatch(boot);
  if (line.printk !== undefined) boot.clock = line.printk;
  if (!boot.kinds.has('run-init')) boot.promptest = prompter(boot.promptest, line, boot.first);
  if (line.isKernel || (event !== undefined && event.kind !== 'firmware-chatter')) boot.lastKernel = line;
  if (event === undefined) {
    if (line.isKernel) boot.calm += 1;
    else boot.strangers += 1;
    return;
  }
  boot.events.push(FAULTS.has(event.kind) ? { ...event, before: ownLine(before) } : event);
  boot.kinds.add(event.kind);
  if (ANNOUNCES.has(event.kind)) boot.strangers = 0;
  boot.calm = FAULTS.has(event.kind) ? 0 : boot.calm + 1;
}
