import { beforeEach, expect, test } from 'vitest';
import { type RunWorker, startRun } from './client.ts';
import type { RunMessage, RunRequest } from './protocol.ts';

const request: RunRequest = { type: 'run', wishes: { exceptionLevel: 2, seed: 1 }, first: 'mmu-on' };

/** Says what a test tells it to. */
class FakeWorker implements RunWorker {
  readonly asked: RunRequest[] = [];
  isTerminated = false;
  readonly #listeners = new Map<string, (event: { data: RunMessage; message: string }) => void>();

  postMessage(asked: RunRequest): void {
    this.asked.push(asked);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  addEventListener(type: string, listener: (event: { data: RunMessage; message: string }) => void): void {
    this.#listeners.set(type, listener);
  }

  post(data: RunMessage): void {
    this.#listeners.get('message')?.({ data, message: '' });
  }

  die(message: string): void {
    this.#listeners.get('error')?.({ data: { type: 'done' }, message });
  }
}

let worker: FakeWorker;
let received: RunMessage[];

beforeEach(() => {
  worker = new FakeWorker();
  received = [];
});

const start = () =>
  startRun(
    request,
    (message) => received.push(message),
    () => worker,
  );

test('the request is posted, and what comes back is received in order', () => {
  start();
  expect(worker.asked).toEqual([request]);
  const progress = { strategy: 'mmu-on', phase: 'plan', done: 2, total: 40 } as const;
  worker.post({ type: 'progress', progress });
  expect(worker.isTerminated).toBe(false);
  worker.post({ type: 'done' });
  expect(received).toEqual([{ type: 'progress', progress }, { type: 'done' }]);
});

test.each<RunMessage>([{ type: 'done' }, { type: 'failed', failure: { code: 'EIO', message: 'lost', hint: 'again' } }])(
  'after $type the worker is gone',
  (last) => {
    start();
    worker.post(last);
    expect(worker.isTerminated).toBe(true);
    worker.die('too late');
    expect(received).toEqual([last]);
  },
);

test('a run that is cancelled ends its worker, and nothing more is received', () => {
  start().cancel();
  expect(worker.isTerminated).toBe(true);
  worker.post({ type: 'done' });
  worker.die('too late');
  expect(received).toEqual([]);
});

test.each([
  ['no memory', 'the worker stopped: no memory'],
  ['', 'the worker stopped'],
])('a worker that dies with "%s" has failed', (reason, message) => {
  start();
  worker.die(reason);
  expect(received).toMatchObject([{ type: 'failed', failure: { code: 'EIO', message } }]);
  expect(worker.isTerminated).toBe(true);
});
