import type { StrategyName } from '@kexeckit/relocation';
import { type Accessor, batch, createSignal } from 'solid-js';
import type { Failure } from './model/failure.ts';
import type { MapView, StrategyResult } from './model/result.ts';
import type { LabMessage, LabProgress, LabRequest } from './protocol.ts';

/** Results by strategy, as far as they are there. */
export type Results = Readonly<Partial<Record<StrategyName, StrategyResult>>>;

/** The lab's state, and how to start it. */
export interface Lab {
  readonly machine: Accessor<MapView | undefined>;
  readonly results: Accessor<Results>;
  /** What the results were or are computed from. */
  readonly request: Accessor<LabRequest | undefined>;
  readonly running: Accessor<boolean>;
  readonly progress: Accessor<LabProgress | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  /** Starts over; a run that is under way is dropped. */
  readonly run: (request: LabRequest) => void;
  readonly stop: () => void;
}

/** Keeps one worker a run: a new run ends the old one at once, wherever it is. */
export function createLab(): Lab {
  const [machine, setMachine] = createSignal<MapView>();
  const [results, setResults] = createSignal<Results>({});
  const [request, setRequest] = createSignal<LabRequest>();
  const [running, setRunning] = createSignal(false);
  const [progress, setProgress] = createSignal<LabProgress>();
  const [failure, setFailure] = createSignal<Failure>();
  let worker: Worker | undefined;

  const stop = (): void => {
    worker?.terminate();
    worker = undefined;
    setRunning(false);
  };
  const fail = (reason: Failure): void => {
    stop();
    setFailure(reason);
  };
  const receive = (message: LabMessage): void => {
    switch (message.type) {
      case 'machine':
        setMachine(message.view);
        break;
      case 'progress':
        setProgress(message.progress);
        break;
      case 'result':
        setResults({ ...results(), [message.result.strategy]: message.result });
        break;
      case 'done':
        stop();
        break;
      case 'failed':
        fail(message.failure);
        break;
    }
  };
  const run = (next: LabRequest): void => {
    stop();
    batch(() => {
      setResults({});
      setRequest(next);
      setProgress(undefined);
      setFailure(undefined);
      setRunning(true);
    });
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<LabMessage>) => batch(() => receive(data));
    worker.onerror = ({ message }) =>
      fail({
        code: 'EIO',
        message: `the worker stopped${message ? `: ${message}` : ''}`,
        hint: 'load the page again; it needs a browser that runs module workers',
      });
    worker.postMessage(next);
  };
  return { machine, results, request, running, progress, failure, run, stop };
}
