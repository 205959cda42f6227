import type { RunMessage, RunRequest } from './protocol.ts';

/** What is used of a worker. */
export interface RunWorker {
  postMessage(request: RunRequest): void;
  terminate(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: RunMessage }) => void): void;
  addEventListener(type: 'error', listener: (event: { readonly message: string }) => void): void;
}

/** A run that is under way. */
export interface Run {
  /** Ends it at once, wherever it is: nothing more is received. */
  cancel(): void;
}

const newWorker = (): RunWorker => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

/**
 * Starts a run in a worker of its own.
 *
 * @param receive gets what the worker posts, until `done`, `failed` or a cancel. A worker that dies has `failed`.
 */
export function startRun(
  request: RunRequest,
  receive: (message: RunMessage) => void,
  create: () => RunWorker = newWorker,
): Run {
  const worker = create();
  let isOver = false;
  const cancel = (): void => {
    isOver = true;
    worker.terminate();
  };
  const take = (message: RunMessage): void => {
    if (isOver) return;
    if (message.type === 'done' || message.type === 'failed') cancel();
    receive(message);
  };
  worker.addEventListener('message', ({ data }) => take(data));
  worker.addEventListener('error', ({ message }) => take(died(message)));
  worker.postMessage(request);
  return { cancel };
}

function died(reason: string): RunMessage {
  const message = `the worker stopped${reason === '' ? '' : `: ${reason}`}`;
  const hint = 'load the page again; it needs a browser that runs module workers';
  return { type: 'failed', failure: { code: 'EIO', message, hint } };
}
