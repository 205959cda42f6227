import type { LogLine } from './text/lines.ts';

/** Lines of a kernel that are remembered at least: more than its own log holds. */
const REMEMBERED = 20_000;
/** No two boots print so many lines in the same microseconds. */
const ENOUGH = 3;

/**
 * The lines that a kernel has printed, by what they say and when: whoever shows its log again shows the very same ones. Few logs
 * do: a line is only put down, and sorted in when somebody asks.
 */
export class Printed {
  #waiting: LogLine[] = [];
  // Two lots, the older of which goes as a whole: to find the first of a map from which the first ones were taken takes long.
  #earlier = new Map<string, number>();
  #lines = new Map<string, number>();

  add(line: LogLine): void {
    // When its clock does not run yet, all kernels say the same.
    if (line.printk === undefined || line.printk === 0) return;
    this.#waiting.push(line);
    if (this.#waiting.length < 2 * REMEMBERED) return;
    this.#clear();
    this.#waiting = this.#waiting.slice(-REMEMBERED);
  }

  addAll(others: Printed): void {
    this.#sort();
    others.#sort();
    for (const lot of [others.#earlier, others.#lines]) for (const [line, printk] of lot) this.#set(line, printk);
  }

  #sort(): void {
    for (const { printk = 0, text } of this.#waiting) this.#set(`${printk} ${text}`, printk);
    this.#waiting = [];
  }

  #set(line: string, printk: number): void {
    this.#earlier.delete(line);
    this.#lines.set(line, printk);
    if (this.#lines.size < REMEMBERED) return;
    this.#earlier = this.#lines;
    this.#lines = new Map();
  }

  /** Nobody asks for them any more. */
  forget(): void {
    this.#waiting = [];
    this.#clear();
  }

  #clear(): void {
    this.#earlier.clear();
    this.#lines.clear();
  }

  has({ printk, text }: LogLine): boolean {
    this.#sort();
    const line = `${printk} ${text}`;
    return this.#lines.has(line) || this.#earlier.has(line);
  }

  /** How many there are from a time on. */
  since(printk: number): number {
    this.#sort();
    let count = 0;
    for (const lot of [this.#earlier, this.#lines]) for (const time of lot.values()) if (time >= printk) count += 1;
    return count;
  }
}

/**
 * Whether lines that look like another boot are what the one before it has said, shown again: `dmesg` on the console, or a second
 * console that begins with all that was printed so far.
 */
export class Replay {
  readonly #before: Printed;
  readonly #from: number;
  readonly #again = new Set<string>();
  #others = 0;
  /** When the kernel had printed its last line until then. */
  readonly until: number;

  /** @param first line that looks like another boot's. @param until the clock of the boot before. */
  constructor(before: Printed, { printk }: LogLine, until: number) {
    this.#before = before;
    this.#from = printk ?? 0;
    this.until = until;
  }

  see(line: LogLine): void {
    const { printk, text } = line;
    if (printk === undefined || printk === 0 || printk > this.until) return;
    if (this.#before.has(line)) this.#again.add(`${printk} ${text}`);
    else this.#others += 1;
  }

  /** The same lines, and nothing else; or all of those, and more that the console was not told of. */
  get isOne(): boolean {
    const again = this.#again.size;
    return again >= ENOUGH && (this.#others === 0 || again === this.#before.since(this.#from));
  }
}
