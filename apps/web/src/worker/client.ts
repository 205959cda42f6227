import { type Endpoint, proxy, type Remote, wrap } from 'comlink';
import { LabError } from '../shared/error.ts';
import { notLoaded, wordsOf } from '../shared/words.ts';
import type { WorkerApi } from './api.ts';
import type { RunMessage, RunRequest } from './protocol.ts';

/** A worker that works for the page. */
export interface Assistant {
  readonly api: Remote<WorkerApi>;
  /** Rejects when the worker dies by itself; never resolves. */
  readonly died: Promise<never>;
  /** Ends it at once, whatever it does: what it was asked is never answered. */
  end(): void;
}

/** What is used of a worker. */
export interface WorkerLike extends Endpoint {
  terminate(): void;
  /** A worker whose script does not load has no message. */
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: object): void;
}

const newWorker = (): WorkerLike => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

/** Starts a worker. */
export function newAssistant(create: () => WorkerLike = newWorker): Assistant {
  const worker = create();
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => reject(deathOf(message)));
  });
  died.catch(() => {}); // Whoever waits for an answer sees it.
  return { api: wrap<WorkerApi>(worker), died, end: () => worker.terminate() };
}

/** Asks one thing of a worker of its own, which is gone afterwards. */
export async function askOnce<T>(
  ask: (api: Remote<WorkerApi>) => Promise<T>,
  assistant: Assistant = newAssistant(),
): Promise<T> {
  try {
    return await Promise.race([ask(assistant.api), assistant.died]);
  } finally {
    assistant.end();
  }
}

/** Opens something when it is first asked for, and keeps it; what could not be opened is tried again. */
export function keptOpen<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

const HINT = 'load the page again; it needs a browser that runs module workers';

const deathOf = (reason: string | undefined): LabError =>
  reason === undefined
    ? new LabError(notLoaded.code, notLoaded.message, notLoaded.hint)
    : new LabError('EIO', `the worker stopped${reason === '' ? '' : `: ${reason}`}`, HINT);

/** A run that is under way. */
export interface Run {
  /** Ends it at once, wherever it is: nothing more is received. */
  cancel(): void;
}

/**
 * Starts a run in a worker of its own.
 *
 * @param receive gets what the worker posts, until `done`, `failed` or a cancel. A worker that dies has `failed`.
 */
export function startRun(
  request: RunRequest,
  receive: (message: RunMessage) => void,
  assistant: Assistant = newAssistant(),
): Run {
  let isOver = false;
  const cancel = (): void => {
    isOver = true;
    assistant.end();
  };
  const take = (message: RunMessage): void => {
    if (isOver) return;
    if (message.type === 'done' || message.type === 'failed') cancel();
    receive(message);
  };
  askOnce((api) => api.run(request, proxy(take)), assistant).catch((error: unknown) =>
    take({ type: 'failed', failure: wordsOf(error) }),
  );
  return { cancel };
}
