import { FleetError } from '../error.ts';
import type { RunRequest } from './transport.ts';

/** What a transport has under way, to be ended when it is closed. */
export class Running {
  readonly #closed = new AbortController();
  readonly #runs = new Set<Promise<unknown>>();

  /** Runs with a signal that is aborted by the request's own, or when the transport is closed. */
  async run<Result>(
    { signal }: Pick<RunRequest, 'signal'>,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const both = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    const run = work(both);
    this.#runs.add(run);
    try {
      return await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(new FleetError('ECANCELED', 'the transport was closed', 'open another'));
    await Promise.allSettled(this.#runs);
  }
}
