import { expose } from 'comlink';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultWishes, readWishes } from '../desk/wishes.ts';
import { askOnce, keptOpen, newAssistant, startRun, type WorkerLike } from './client.ts';
import type { RunMessage, RunRequest } from './protocol.ts';

const { wishes } = readWishes(defaultWishes);
if (wishes === undefined) throw new TypeError('the first wishes are wrong');
const request: RunRequest = { inputs: { wishes, files: {} }, first: 'mmu-on' };

/** A worker at the other end of a channel, which does what a test tells it to. */
class FakeWorker implements WorkerLike {
  readonly asked: RunRequest[] = [];
  isTerminated = false;
  readonly #channel = new MessageChannel();
  readonly #mourners: ((event: { readonly message?: string }) => void)[] = [];
  #post: (message: RunMessage) => void = () => {};
  #done: () => void = () => {};

  constructor() {
    const run = (asked: RunRequest, post: (message: RunMessage) => void): Promise<void> => {
      this.asked.push(asked);
      this.#post = post;
      return new Promise((resolve) => {
        this.#done = resolve;
      });
    };
    expose({ run, recognise: () => Promise.reject(new Error('no eyes')) }, this.#channel.port2);
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#channel.port1.postMessage(message, transfer);
  }

  start(): void {
    this.#channel.port1.start();
  }

  addEventListener(type: string, listener: unknown): void {
    if (type === 'error' && typeof listener === 'function') this.#mourners.push((event) => listener(event));
    else if (isListener(listener)) this.#channel.port1.addEventListener(type, listener);
  }

  removeEventListener(type: string, listener: EventListenerOrEventListenerObject): void {
    this.#channel.port1.removeEventListener(type, listener);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  close(): void {
    this.#channel.port1.close();
  }

  async post(message: RunMessage): Promise<void> {
    await this.#post(message);
    if (message.type === 'done') this.#done();
  }

  die(message?: string): void {
    for (const mourn of this.#mourners) mourn(message === undefined ? {} : { message });
  }
}

const isListener = (listener: unknown): listener is EventListenerOrEventListenerObject => listener !== null;

let worker: FakeWorker;
let received: RunMessage[];

beforeEach(() => {
  worker = new FakeWorker();
  received = [];
});
afterEach(() => worker.close());

const start = () =>
  startRun(
    request,
    (message) => received.push(message),
    newAssistant(() => worker),
  );
const asked = () => expect.poll(() => worker.asked).toEqual([request]);

test('the request is posted, and what comes back is received in order', async () => {
  start();
  await asked();
  const progress = { strategy: 'mmu-on', phase: 'plan', done: 2, total: 40 } as const;
  await worker.post({ type: 'progress', progress });
  expect(worker.isTerminated).toBe(false);
  await worker.post({ type: 'done' });
  expect(received).toEqual([{ type: 'progress', progress }, { type: 'done' }]);
});

test.each<RunMessage>([{ type: 'done' }, { type: 'failed', failure: { code: 'EIO', message: 'lost', hint: 'again' } }])(
  'after $type the worker is gone',
  async (last) => {
    start();
    await asked();
    await worker.post(last);
    expect(worker.isTerminated).toBe(true);
    worker.die('too late');
    await Promise.resolve();
    expect(received).toEqual([last]);
  },
);

test('a run that is cancelled ends its worker, and nothing more is received', async () => {
  const run = start();
  await asked();
  run.cancel();
  expect(worker.isTerminated).toBe(true);
  await worker.post({ type: 'done' });
  worker.die('too late');
  expect(received).toEqual([]);
});

test.each([
  [undefined, 'a part of the lab did not load'],
  ['no memory', 'the worker stopped: no memory'],
  ['', 'the worker stopped'],
])('a worker that dies with "%s" has failed', async (reason, message) => {
  start();
  await asked();
  worker.die(reason);
  await expect.poll(() => received).toMatchObject([{ type: 'failed', failure: { code: 'EIO', message } }]);
  expect(worker.isTerminated).toBe(true);
});

test('what fails in a worker fails here, and the worker is gone', async () => {
  const asking = askOnce(
    (api) => api.recognise([]),
    newAssistant(() => worker),
  );
  await expect(asking).rejects.toThrow('no eyes');
  expect(worker.isTerminated).toBe(true);
});

test('what could not be opened is tried again, and what was opened is kept', async () => {
  let asked = 0;
  const open = keptOpen(() => {
    asked += 1;
    return asked === 1 ? Promise.reject(new TypeError('not loaded')) : Promise.resolve(asked);
  });
  await expect(open()).rejects.toThrow('not loaded');
  expect(await Promise.all([open(), open()])).toEqual([2, 2]);
  expect(await open()).toBe(2);
});
