/** Milliseconds of work between two moments in which everything else has its turn. */
const WORKING = 50;

/** Told how far the work is that takes longest: so many bytes of so many that go in, or come out. */
export type OnProgress = (step: { readonly done: number; readonly total: number }) => void;

/** Lets others have their turn while data is undone, says how far that is, and ends it where it is to end. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: OnProgress | undefined;
  #since = performance.now();

  constructor(signal: AbortSignal | undefined, onProgress: OnProgress | undefined) {
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  /** Whether the work is to end: what is thrown then is no fault of the data. */
  get isOver(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Between two pieces of work: undefined where there is nothing to wait for. @throws the signal's reason */
  step(done: number, total: number): Promise<void> | undefined {
    return performance.now() - this.#since < WORKING ? undefined : this.#breathe(done, total);
  }

  async #breathe(done: number, total: number): Promise<void> {
    this.#onProgress?.({ done, total });
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
