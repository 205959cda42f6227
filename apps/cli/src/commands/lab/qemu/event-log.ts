/** What is told of a machine, under a name, as JSON. */
interface Entry {
  readonly text: string;
  readonly isConsole: boolean;
}

/** Milliseconds for which pieces of a console are collected: a kernel prints one line at a time. */
const COLLECT_MS = 40;

/**
 * What is told of a machine, in order, as Server-Sent Events: each has a number, so that who was away goes on where it was. All is
 * kept but the beginning of a console that is too long.
 */
export class EventLog {
  readonly #entries = new Map<number, Entry>();
  readonly #consoleMax: number;
  #next = 1;
  #consoleLength = 0;
  #pending = '';
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  /** @param consoleMax characters of events that tell of the console. */
  constructor(consoleMax: number) {
    this.#consoleMax = consoleMax;
  }

  /** Whether nothing more comes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The number that the next event will have. */
  get next(): number {
    return this.#next;
  }

  /** Tells something. */
  tell(type: string, data: unknown): void {
    this.#flush();
    this.#push(eventOf(this.#next, type, data), false);
  }

  /** Tells what a console shows, soon. */
  console(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= this.#consoleMax / 4) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
  }

  /** Nothing more comes. */
  end(): void {
    this.#flush();
    this.#isOver = true;
    this.#wakeAll();
  }

  /** The event of a number as it is sent; undefined where it is no longer kept, or not there yet. */
  at(number: number): string | undefined {
    return this.#entries.get(number)?.text;
  }

  /** Resolves when there is more, or the end, or the signal fires. */
  async more(signal: AbortSignal): Promise<void> {
    if (this.#isOver || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#pending;
    this.#pending = '';
    if (text !== '') this.#pushConsole(text);
  }

  /** In so many events that each of them can be kept: a character may take six in JSON. */
  #pushConsole(text: string): void {
    const event = eventOf(this.#next, 'console', { text });
    if (event.length <= this.#consoleMax || text.length < 2) {
      this.#push(event, true);
      return;
    }
    const half = text.length >> 1;
    // Not within a surrogate pair.
    const cut = /[\ud800-\udbff]/.test(text.charAt(half - 1)) ? half + 1 : half;
    this.#pushConsole(text.slice(0, cut));
    this.#pushConsole(text.slice(cut));
  }

  #push(text: string, isConsole: boolean): void {
    const number = this.#next;
    this.#next += 1;
    this.#entries.set(number, { text, isConsole });
    if (isConsole) {
      this.#consoleLength += text.length;
      this.#forget();
    }
    this.#wakeAll();
  }

  /** The oldest pieces of the console go first; what else there is are a few dozen. */
  #forget(): void {
    for (const [number, { text, isConsole }] of this.#entries) {
      if (this.#consoleLength <= this.#consoleMax) return;
      if (!isConsole) continue;
      this.#entries.delete(number);
      this.#consoleLength -= text.length;
    }
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

const eventOf = (number: number, type: string, data: unknown): string =>
  `id: ${number}\nevent: ${type}\ndata: ${jsonLine(data)}\n\n`;

/** Addresses as `0x…`; JSON has no line feed in it. */
const jsonLine = (data: unknown): string =>
  JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));
