/** Lines that an error report shows. */
const TAIL = 12;

/** What a watcher was waiting for, and did not get. */
export type ConsoleEnd = 'panic' | 'closed' | 'timeout';

/** A mark that was seen, or why it will not come. */
export type Sighting =
  | { readonly kind: 'seen'; readonly line: string }
  | { readonly kind: ConsoleEnd; readonly line: string };

/** Follows a serial console line by line. */
export class ConsoleWatcher {
  readonly #lines: string[] = [];
  #partial = '';
  #listener: ((line: string, isWhole: boolean) => void) | undefined;
  #onClose: (() => void) | undefined;
  #closed = false;

  /** Takes bytes as they come from the console. */
  push(text: string): void {
    this.#partial += text;
    const lines = this.#partial.split('\n');
    this.#partial = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.replace(/\r$/, '');
      this.#lines.push(line);
      this.#listener?.(line, true);
    }
    // A shell prompt ends without a newline: let marks match it too.
    if (this.#partial !== '') this.#listener?.(this.#partial, false);
  }

  /** The console is gone. */
  close(): void {
    this.#closed = true;
    this.#onClose?.();
  }

  /** The last lines, the one in progress included. */
  tail(): string[] {
    return [...this.#lines, this.#partial].filter((line) => line.trim() !== '').slice(-TAIL);
  }

  /** Everything so far. */
  text(): string {
    return [...this.#lines, this.#partial].join('\n');
  }

  /** The first line so far that the expression matches. */
  find(mark: RegExp): string | undefined {
    return this.#lines.find((line) => mark.test(line));
  }

  /** Waits for a line that matches; a kernel panic, the end of the console or the time limit end the wait. */
  async waitFor(mark: RegExp, milliseconds: number, signal: AbortSignal): Promise<Sighting> {
    const already = [...this.#lines, this.#partial].find((line) => mark.test(line));
    if (already !== undefined) return { kind: 'seen', line: already };
    return new Promise((resolve, reject) => {
      const finish = (sighting: Sighting): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#listener = undefined;
        this.#onClose = undefined;
        resolve(sighting);
      };
      const onAbort = (): void => {
        reject(signal.reason);
        finish({ kind: 'closed', line: '' });
      };
      const timer = setTimeout(() => finish({ kind: 'timeout', line: '' }), milliseconds);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#onClose = () => finish({ kind: 'closed', line: '' });
      this.#listener = (line, isWhole) => {
        if (mark.test(line)) finish({ kind: 'seen', line });
        else if (isWhole && line.includes('Kernel panic - not syncing')) finish({ kind: 'panic', line });
      };
      if (this.#closed) this.#onClose();
    });
  }
}
