import { strategyNamed } from '@kexeckit/relocation';
import { type Accessor, batch, createSignal, untrack } from 'solid-js';
import { askHost, hostUrl, QEMU } from '../desk/host.ts';
import { inputsOf } from '../desk/inputs.ts';
import type { Subject } from '../desk/subject.ts';
import type { Wishes } from '../desk/wishes.ts';
import { eventOf, eventTypes, type LiveEvent } from '../features/live/events.ts';
import { after, type LiveState, nothingYet } from '../features/live/model.ts';
import { type HostLimits, type LiveFiles, type MachineWishes, requestBody } from '../features/live/request.ts';
import { LabError } from '../shared/error.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { askOnce } from '../worker/client.ts';
import { BYTES, type KeptConsole, newConsole, newTypist, RUNS } from './live-console.ts';

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
  /** Why something that was typed did not come to the machine. */
  readonly notTyped: Accessor<Words | undefined>;
  /** Seconds since the machine was asked for, on the host's clock as far as it is known here. */
  readonly now: () => number;
  readonly learnLimits: () => Promise<void>;
  readonly start: (subject: Subject, wishes: Wishes, machine: MachineWishes) => Promise<void>;
  /** Ends the machine. */
  readonly end: () => Promise<void>;
  readonly type: (text: string) => void;
  /** Everything that the console has shown so far, and from then on what it shows. @returns ends that. */
  readonly follow: KeptConsole['follow'];
  /** What of the console is kept. */
  readonly consoleText: KeptConsole['text'];
}

/** What is known of the machine that was asked for last, and how that changes. */
interface Known {
  readonly shown: Pick<LiveSession, 'state' | 'isRunning' | 'isLost' | 'failure' | 'now' | 'follow' | 'consoleText'>;
  readonly begin: () => void;
  readonly take: (event: LiveEvent) => void;
  readonly lose: () => void;
  readonly fail: (error: unknown) => void;
  /** Nothing was asked for, after all. */
  readonly forget: () => void;
}

function createKnown(): Known {
  const [state, setState] = createSignal<LiveState>();
  const [isRunning, setRunning] = createSignal(false);
  const [isLost, setLost] = createSignal(false);
  const [failure, setFailure] = createSignal<Words>();
  const console = newConsole();
  let clock = 0;
  const set = (running: boolean, to: LiveState | undefined, why: Words | undefined): void =>
    batch(() => {
      setRunning(running);
      setState(to);
      setFailure(why);
      setLost(false);
    });
  const take = (event: LiveEvent): void => {
    if ('seconds' in event) clock = performance.now() / 1000 - event.seconds;
    if (event.type === 'console') console.write(event.text);
    else if (event.type === 'gap') console.write('\r\n[a part of the console is not kept]\r\n');
    set(event.type !== 'end', after(untrack(state) ?? nothingYet, event), undefined);
  };
  const begin = (): void => {
    clock = performance.now() / 1000;
    console.clear();
    set(true, nothingYet, undefined);
  };
  return {
    shown: {
      ...{ state, isRunning, isLost, failure, follow: console.follow, consoleText: console.text },
      now: () => performance.now() / 1000 - clock,
    },
    ...{ begin, take },
    lose: () => setLost(true),
    fail: (error) => set(false, untrack(state), wordsOf(error)),
    forget: () => set(false, undefined, undefined),
  };
}

/** A session that nothing was asked in yet. */
export function createLiveSession(): LiveSession {
  const [limits, setLimits] = createSignal<HostLimits>();
  const [notTyped, setNotTyped] = createSignal<Words>();
  const { shown, begin, take, lose, fail, forget } = createKnown();
  let current: { stop: () => void; id?: string; type?: (text: string) => void } | undefined;

  const start: LiveSession['start'] = async (subject, wishes, machine) => {
    if (untrack(shown.isRunning)) return;
    const leave = new AbortController();
    const mine: typeof current = { stop: () => leave.abort() };
    current = mine;
    begin();
    setNotTyped(undefined);
    try {
      const id = await send(subject, wishes, machine, leave.signal);
      Object.assign(mine, { id, type: newTypist(id, setNotTyped), stop: followRun(id, take, lose, fail) });
    } catch (error) {
      if (!leave.signal.aborted) fail(error);
    }
  };
  const end = async (): Promise<void> => {
    const { id, stop } = current ?? {};
    if (id === undefined) {
      stop?.();
      return forget();
    }
    await askHost(`${RUNS}/${id}`, { method: 'DELETE' }).catch((error: unknown) => {
      stop?.();
      fail(error);
    });
  };
  // A page that is left takes its machine with it; the host ends it anyway when nobody has watched it for a while.
  addEventListener('pagehide', () => {
    if (shown.isRunning() && current?.id !== undefined)
      void fetch(hostUrl(`${RUNS}/${current.id}`), { method: 'DELETE', keepalive: true });
  });
  return {
    ...{ ...shown, limits, notTyped, start, end },
    learnLimits: async () => {
      try {
        setLimits(await (await askHost(QEMU)).json());
      } catch (error) {
        fail(error);
      }
    },
    type: (text) => {
      if (shown.state()?.isUp === true) current?.type?.(text);
    },
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
  const source = new EventSource(hostUrl(`${RUNS}/${id}/events`));
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
