import { beforeNext, contextOf, KeptLines, type Line, shownWith } from './kept-lines.ts';
import { TIMEOUT_MAX_MS } from './limits.ts';
import { PlainText } from './plain-text.ts';

/** Lines that an error report shows. */
const TAIL = 12;

/** Characters after which a line is cut; a kernel's have some hundreds. */
const LINE_MAX = 4096;

const PANIC = 'Kernel panic - not syncing';
const PANICKED = new RegExp(PANIC);
/** Before the first line. */
const BEGINNING = -1;
/** Milliseconds for the rest of a panic's line: where nothing comes after it, it is told without. */
const LAST_WORDS_MS = 500;
/** Milliseconds after which a line without an end counts as it is, as the prompt of a shell. */
const REST_MS = 250;

/** What a watcher was waiting for, and did not get. */
export type ConsoleEnd = 'panic' | 'closed' | 'timeout';

/** A mark that was seen, or why it will not come. */
export type Sighting =
  | { readonly kind: 'seen'; readonly line: string }
  | { readonly kind: ConsoleEnd; readonly line: string };

/** Somebody who waits. */
interface Watcher {
  readonly mark: RegExp;
  readonly behind: number;
  readonly finish: (sighting: Sighting) => void;
}

/**
 * Follows a serial console line by line, as a person reads it: escape sequences are no part of a line, and what comes behind a
 * carriage return begins it anew, as the numbers of a progress bar do (backspaces are left out; they take nothing back). A mark
 * is looked for in lines that have ended, and in one that has not where nothing more comes of it for a while, as of a prompt.
 * However much comes, in lines or without, what is kept is bounded, and each character is looked at a bounded number of times.
 */
export class ConsoleWatcher {
  readonly #plain = new PlainText();
  readonly #lines = new KeptLines();
  readonly #watchers = new Set<Watcher>();
  #partial = '';
  /** What stands before the line in progress, where it was cut off, and which line it is. */
  #before = '';
  #number = 0;
  #seen = BEGINNING;
  #closed = false;
  /** Of a kernel that panicked: its line, whether that has ended, and nobody has been told. */
  #panic: { readonly line: string; readonly number: number; readonly isWhole: boolean } | undefined;
  #lastWords: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;
  /** Whether nothing more has come of the line in progress for a while. */
  #hasRested = false;
  /** Whether the panic on the line in progress has been told of. */
  #told = false;

  /** Takes text as it comes from the console. */
  push(text: string): void {
    const [first = '', ...rest] = this.#plain.push(text).split('\n');
    this.#extend(first);
    for (const piece of rest) {
      this.#endLine();
      this.#extend(piece);
    }
    this.#waitForRest();
    // A panic's line may be the last thing that comes.
    if (this.#partial !== '') this.#lookForPanic(this.#current(false), false);
  }

  /** The console is gone. */
  close(): void {
    this.#closed = true;
    this.#isOver();
    this.#tellOfPanic();
    for (const { finish } of [...this.#watchers]) finish({ kind: 'closed', line: '' });
  }

  /** The last lines, the one in progress included. */
  tail(): string[] {
    const texts = [...this.#lines.texts(), withoutReturns(this.#partial)];
    return texts.filter((text) => text.trim() !== '').slice(-TAIL);
  }

  /** Everything so far; where that is too much, its beginning and its end. */
  text(): string {
    return [...this.#lines.texts(), this.#partial].join('\n');
  }

  /** Which line was waited for last, and seen, counted from 0; -1 before that. */
  get seen(): number {
    return this.#seen;
  }

  /** The first line so far that the expression matches, behind the line of this number. */
  find(mark: RegExp, behind: number = BEGINNING): string | undefined {
    const sought = stateless(mark);
    for (const line of this.#lines)
      if (line.number > behind && sought.test(contextOf(line))) return shownWith(line, sought);
    return undefined;
  }

  /**
   * Waits for a line that matches; a kernel panic that nobody has been told of, the end of the console or the time limit
   * end the wait.
   *
   * @param milliseconds 24 days at most.
   * @param behind the number of a line: it, and what is before it, does not count.
   * @throws the reason of the signal, whether it fires now or has fired before.
   */
  async waitFor(
    mark: RegExp,
    milliseconds: number,
    signal: AbortSignal,
    behind: number = BEGINNING,
  ): Promise<Sighting> {
    signal.throwIfAborted();
    const watched = stateless(mark);
    const already = this.#already(watched, behind);
    if (already !== undefined) return { kind: 'seen', line: already };
    return await new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#watchers.delete(watcher);
        if (this.#watchers.size === 0) this.#forgetLastWords();
      };
      const finish = (sighting: Sighting): void => {
        leave();
        resolve(sighting);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      const watcher = { mark: watched, behind, finish };
      const onTimeout = (): void => {
        this.#isOver();
        if (this.#watchers.has(watcher)) finish(this.#late());
      };
      const timer = setTimeout(onTimeout, Math.min(milliseconds, TIMEOUT_MAX_MS));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#watchers.add(watcher);
      if (this.#panic !== undefined) this.#waitForLastWords();
      if (this.#closed) this.close();
    });
  }

  /** A panic that nobody has been told of is what came of the wait, even at its very end. */
  #late(): Sighting {
    const line = this.#panic?.line;
    this.#panic = undefined;
    return line === undefined ? { kind: 'timeout', line: '' } : { kind: 'panic', line };
  }

  /** A line that the mark is in, and that no panic stands before. */
  #already(mark: RegExp, behind: number): string | undefined {
    for (const line of this.#all()) {
      if (this.#panic !== undefined && line.number > this.#panic.number) return undefined;
      if (line.number <= behind || !mark.test(contextOf(line))) continue;
      this.#seen = line.number;
      return shownWith(line, mark);
    }
    return undefined;
  }

  *#all(): Generator<Line> {
    yield* this.#lines;
    if (this.#partial !== '' && this.#hasRested) yield this.#current(false);
  }

  /** Adds to the line in progress, which is cut where it becomes too long. */
  #extend(piece: string): void {
    for (let rest = this.#newIn(piece); rest !== ''; ) {
      if (this.#partial.length === LINE_MAX) this.#cut();
      const room = LINE_MAX - this.#partial.length;
      this.#partial += rest.slice(0, room);
      rest = rest.slice(room);
    }
  }

  /** A piece of the line in progress without carriage returns that do nothing: the cursor is there already. */
  #newIn(piece: string): string {
    if (!piece.includes('\r')) return piece;
    const once = piece.replaceAll(/\r+/g, '\r');
    return once.startsWith('\r') && this.#partial.endsWith('\r') ? once.slice(1) : once;
  }

  #cut(): void {
    const line = this.#current(true);
    this.#look(line, false);
    this.#lines.push(line);
    this.#before = beforeNext(line);
    this.#partial = '';
  }

  #current(goesOn: boolean): Line {
    return { number: this.#number, text: withoutReturns(this.#partial), before: this.#before, goesOn };
  }

  #endLine(): void {
    const line = this.#current(false);
    this.#partial = '';
    this.#before = '';
    this.#number += 1;
    this.#lines.push(line);
    this.#look(line, true);
    this.#told = false;
  }

  /** What a line means for those who wait. The first panic is the reason; what comes of it later is none. */
  #look(line: Line, isWhole: boolean): void {
    if (this.#watchers.size > 0) this.#tell(line, contextOf(line));
    this.#lookForPanic(line, isWhole);
  }

  #lookForPanic(line: Line, isWhole: boolean): void {
    const context = contextOf(line);
    if (this.#told || !context.includes(PANIC) || (this.#panic?.number ?? line.number) !== line.number) return;
    this.#panic = { line: shownWith(line, PANICKED), number: line.number, isWhole };
    this.#waitForLastWords();
  }

  #tell(line: Line, context: string): void {
    for (const { mark, behind, finish } of [...this.#watchers]) {
      if (line.number <= behind || !mark.test(context)) continue;
      this.#seen = line.number;
      finish({ kind: 'seen', line: shownWith(line, mark) });
    }
  }

  /** A mark may need the end of its line, or be ruled out by it; a prompt has none. */
  #waitForRest(): void {
    clearTimeout(this.#rest);
    this.#hasRested = false;
    this.#rest = this.#partial === '' ? undefined : setTimeout(() => this.#isOver(), REST_MS).unref();
  }

  /** Nothing more is waited for of the line in progress. */
  #isOver(): void {
    clearTimeout(this.#rest);
    this.#hasRested = true;
    if (this.#partial !== '' && this.#watchers.size > 0)
      this.#tell(this.#current(false), contextOf(this.#current(false)));
  }

  /** Tells of a panic once its line is whole, or nothing more comes of it. */
  #waitForLastWords(): void {
    if (this.#panic?.isWhole) this.#tellOfPanic();
    else if (this.#watchers.size > 0) this.#lastWords ??= setTimeout(() => this.#tellOfPanic(), LAST_WORDS_MS);
  }

  #tellOfPanic(): void {
    this.#forgetLastWords();
    if (this.#panic === undefined || this.#watchers.size === 0) return;
    const { line, isWhole } = this.#panic;
    this.#panic = undefined;
    this.#told = !isWhole;
    for (const { finish } of [...this.#watchers]) finish({ kind: 'panic', line });
  }
  #forgetLastWords(): void {
    clearTimeout(this.#lastWords);
    this.#lastWords = undefined;
  }
}

/**
 * Without the flags g and y: where the last match ended says nothing about the next line. With m: behind a carriage return the
 * line begins anew.
 */
const stateless = (mark: RegExp): RegExp => new RegExp(mark.source, `${mark.flags.replace(/[gmy]/g, '')}m`);

/** A line of a serial console ends with CR LF. */
const withoutReturns = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
