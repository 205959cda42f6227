import { strategyNamed } from '@kexeckit/relocation';
import { type Accessor, batch, createSignal, untrack } from 'solid-js';
import { askHost, QEMU } from '../desk/host.ts';
import { inputsOf } from '../desk/inputs.ts';
import type { Subject } from '../desk/subject.ts';
import type { Wishes } from '../desk/wishes.ts';
import { eventOf, eventTypes, type LiveEvent } from '../features/live/events.ts';
import { after, type LiveState, nothingYet } from '../features/live/model.ts';
import { type HostLimits, type LiveFiles, type MachineWishes, requestBody } from '../features/live/request.ts';
import { LabError } from '../shared/error.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { askOnce } from '../worker/client.ts';

/** The machine that was asked for last. It outlives the page that shows it. */
export interface LiveSession {
  readonly limits: Accessor<HostLimits | undefined>;
  /** Undefined before anything was asked for. */
  readonly state: Accessor<LiveState | undefined>;
  /** From when it is asked for until it has ended. */
  readonly isRunning: Accessor<boolean>;
  /** Whether the host was not heard for a moment. */
  readonly isLost: Accessor<boolean>;
  /** Why the machine could not be asked for, or is not heard of any more. */
  readonly failure: Accessor<Words | undefined>;
  /** Seconds since the machine was asked for, on the host's clock as far as it is known here. */
  readonly now: () => number;
  readonly learnLimits: () => Promise<void>;
  readonly start: (subject: Subject, wishes: Wishes, machine: MachineWishes) => Promise<void>;
  /** Ends the machine. */
  readonly end: () => Promise<void>;
  readonly type: (text: string) => void;
  /** Everything that the console has shown so far, and from then on what it shows. @returns ends that. */
  readonly follow: (show: (text: string) => void, clear: () => void) => () => void;
}

/** Characters of the console that are kept for a page that comes back. */
const CONSOLE_MAX = 2 ** 20;
/** Bytes that are typed at once, and characters that wait for being typed. */
const TYPED_MAX = 4096;
const WAITING_MAX = 2 ** 16;
const BYTES = { 'content-type': 'application/octet-stream' };
const RUNS = `${QEMU}/runs`;

/** A session that nothing was asked in yet. */
export function createLiveSession(): LiveSession {
  const [limits, setLimits] = createSignal<HostLimits>();
  const [state, setState] = createSignal<LiveState>();
  const [isRunning, setRunning] = createSignal(false);
  const [isLost, setLost] = createSignal(false);
  const [failure, setFailure] = createSignal<Words>();
  const shown = newConsole();
  let current: { readonly stop: () => void; id?: string } | undefined;
  let typing: ((text: string) => void) | undefined;
  let clock = 0;

  const fail = (error: unknown): void => {
    batch(() => {
      setFailure(wordsOf(error));
      setRunning(false);
      setLost(false);
    });
  };
  const take = (event: LiveEvent): void => {
    if ('seconds' in event) clock = performance.now() / 1000 - event.seconds;
    if (event.type === 'console') shown.write(event.text);
    else if (event.type === 'gap') shown.write('\r\n[a part of the console is not kept]\r\n');
    batch(() => {
      setLost(false);
      setState((before) => after(before ?? nothingYet, event));
      if (event.type === 'end') setRunning(false);
    });
  };
  const start: LiveSession['start'] = async (subject, wishes, machine) => {
    if (untrack(isRunning)) return;
    const leave = new AbortController();
    const mine: { stop: () => void; id?: string } = { stop: () => leave.abort() };
    current = mine;
    clock = performance.now() / 1000;
    shown.clear();
    batch(() => {
      setFailure(undefined);
      setState(nothingYet);
      setRunning(true);
    });
    try {
      const id = await send(subject, wishes, machine, leave.signal);
      mine.id = id;
      typing = newTypist(id);
      mine.stop = followRun(id, take, () => setLost(true), fail);
    } catch (error) {
      if (!leave.signal.aborted) fail(error);
    }
  };
  const end = async (): Promise<void> => {
    const { id, stop } = current ?? {};
    if (id !== undefined) await askHost(`${RUNS}/${id}`, { method: 'DELETE' }).catch(fail);
    else {
      stop?.();
      batch(() => {
        setState(undefined);
        setRunning(false);
      });
    }
  };
  // A page that is left takes its machine with it; the host ends it anyway when nobody has watched it for a while.
  addEventListener('pagehide', () => {
    if (isRunning() && current?.id !== undefined)
      void fetch(`${RUNS}/${current.id}`, { method: 'DELETE', keepalive: true });
  });
  return {
    ...{ limits, state, isRunning, isLost, failure, start, end },
    now: () => performance.now() / 1000 - clock,
    learnLimits: async () => {
      try {
        setLimits(await (await askHost(QEMU)).json());
      } catch (error) {
        fail(error);
      }
    },
    type: (text) => {
      if (state()?.isUp === true) typing?.(text);
    },
    follow: shown.follow,
  };
}

/** Sends everything that a machine is made of. @returns what the host calls it. */
async function send(subject: Subject, wishes: Wishes, machine: MachineWishes, signal: AbortSignal): Promise<string> {
  const { kernel, initrd, dtb } = subject.items;
  const tree = machine.takesTree ? dtb?.bytes : undefined;
  const files: LiveFiles =
    kernel === undefined
      ? { ...(await generated(subject, wishes)), dtb: tree }
      : { kernel: kernel.bytes, initrd: initrd?.bytes, dtb: tree };
  signal.throwIfAborted();
  const hasRegion = (name: Wishes['strategy']): boolean => strategyNamed(name).region !== undefined;
  const body = requestBody({ wishes, machine, hasRegion, files, isGenerated: kernel === undefined });
  const response = await askHost(RUNS, { method: 'POST', headers: BYTES, body, signal });
  const { id }: { id: string } = await response.json();
  return id;
}

const generated = async (subject: Subject, wishes: Wishes): Promise<LiveFiles> => {
  const inputs = await inputsOf(subject, wishes);
  return await askOnce((api) => api.generatedFiles(inputs));
};

/** Listens to what the host tells of a machine, until its end. @returns stops that. */
function followRun(
  id: string,
  take: (event: LiveEvent) => void,
  lose: () => void,
  fail: (error: unknown) => void,
): () => void {
  const source = new EventSource(`${RUNS}/${id}/events`);
  for (const type of eventTypes)
    source.addEventListener(type, ({ data }: MessageEvent<string>) => {
      if (type === 'end') source.close();
      take(eventOf(type, data));
    });
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) lose();
    else fail(new LabError('EIO', 'the host no longer knows this machine', 'start it again'));
  });
  return () => source.close();
}

/** Types on a machine's console, one piece after the other; what is too much for it is left out. */
function newTypist(id: string): (text: string) => void {
  let waiting = '';
  let isBusy = false;
  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting !== '') {
      // A character takes three bytes of UTF-8 at most.
      const piece = waiting.slice(0, Math.floor(TYPED_MAX / 3));
      waiting = waiting.slice(piece.length);
      await askHost(`${RUNS}/${id}/input`, { method: 'POST', headers: BYTES, body: new Blob([piece]) }).catch(() => {
        waiting = '';
      });
    }
    isBusy = false;
  };
  return (text) => {
    waiting = (waiting + text).slice(0, WAITING_MAX);
    if (!isBusy) void work();
  };
}

/** What a console has shown: its end, where it is long. */
function newConsole(): {
  readonly write: (text: string) => void;
  readonly clear: () => void;
  readonly follow: LiveSession['follow'];
} {
  let kept: string[] = [];
  let size = 0;
  let watcher: { show: (text: string) => void; clear: () => void } | undefined;
  return {
    write: (text) => {
      kept.push(text);
      size += text.length;
      while (size > CONSOLE_MAX && kept.length > 1) size -= kept.shift()?.length ?? 0;
      watcher?.show(text);
    },
    clear: () => {
      kept = [];
      size = 0;
      watcher?.clear();
    },
    follow: (show, clear) => {
      const mine = { show, clear };
      watcher = mine;
      for (const text of kept) show(text);
      return () => {
        if (watcher === mine) watcher = undefined;
      };
    },
  };
}
