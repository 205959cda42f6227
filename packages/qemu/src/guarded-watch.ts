import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RebootEvent, Watch } from '@kexeckit/reboot';

/**
 * A watcher that may fail where nobody could catch it: in the callback of a stream, or in a promise. Its first failure
 * aborts the work, and is what the work then fails with.
 */
export class GuardedWatch {
  /** For the work: its `onEvent` never throws, and its signal is aborted by the caller's or by a failure. */
  readonly watch: Watch;
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;

  constructor({ onEvent }: Watch) {
    this.watch = { signal: this.#stop.signal, ...(onEvent && { onEvent: (event) => this.#tell(onEvent, event) }) };
  }

  /** Does the work. @throws what the watcher fails with, before anything else. */
  static async guard<T>(watch: Watch, work: (watch: Watch) => Promise<T>): Promise<T> {
    const guarded = new GuardedWatch(watch);
    const { signal } = watch;
    const forward = (): void => guarded.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', forward, { once: true });
    if (signal?.aborted) forward();
    try {
      const result = await work(guarded.watch);
      // A watcher that has rejected by now is heard.
      await nextTurn();
      if (guarded.#failure === undefined) return result;
    } catch (error) {
      if (guarded.#failure === undefined) throw error;
    } finally {
      guarded.#isOver = true;
      signal?.removeEventListener('abort', forward);
    }
    throw guarded.#failure.error;
  }

  #tell(onEvent: (event: RebootEvent) => unknown, event: RebootEvent): void {
    if (this.#failure !== undefined) return;
    try {
      const told = onEvent(event);
      if (told instanceof Promise) told.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    // Nobody waits any more: this stays a rejection that nobody handled.
    if (this.#isOver) throw error;
    this.#failure ??= { error };
    this.#stop.abort(error);
  }
}
