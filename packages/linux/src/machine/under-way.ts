import { setImmediate as soon } from 'node:timers/promises';

/** Work that goes on although nobody waits for it any more: a load that was cancelled, and its undoing. */
export class UnderWay {
  readonly #work = new Set<Promise<unknown>>();
  #failure: unknown;

  /** Does work, and knows of it until it has ended. @param reason of a failure that says nothing: it was to end. */
  async track<T>(work: Promise<T>, reason: () => unknown = () => undefined): Promise<T> {
    this.#work.add(work);
    try {
      return await work;
    } catch (error) {
      if (error !== reason()) this.#failure = error;
      throw error;
    } finally {
      this.#work.delete(work);
    }
  }

  /** Waits until nothing goes on any more. @returns what failed last, and forgets it; undefined where nothing did. */
  async settled(): Promise<unknown> {
    while (this.#work.size > 0) {
      await Promise.allSettled(this.#work);
      // Whoever undoes what has come of it begins only then.
      await soon();
    }
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }
}
