import { readFileSync, readlinkSync } from 'node:fs';

/** A process, so that it is never taken for another one: of another boot, or in a container that shares `/run`. */
export interface ProcessId {
  readonly pid: number;
  /** When it was started, in ticks since boot: a number of a process comes again, both together do not. */
  readonly started: number;
  /** The boot that it belongs to. */
  readonly boot: string;
  /** The namespaces that its number and its start are of: in each of time, boot was at another moment. */
  readonly namespace: string;
}

/** What can be said of a process: nothing, where its number is of another namespace. */
export type Fate = 'alive' | 'dead' | 'not known' | 'of another boot';

/** This process. */
export const thisProcess = (): ProcessId => ({
  pid: process.pid,
  started: startOf(process.pid) ?? 0,
  boot: thisBoot(),
  namespace: thisNamespace(),
});

/** What has become of a process. */
export function fateOf({ pid, started, boot, namespace }: ProcessId): Fate {
  if (boot !== thisBoot()) return 'of another boot';
  if (namespace !== thisNamespace()) return 'not known';
  return startOf(pid) === started ? 'alive' : 'dead';
}

/** Whether both are one process. */
export const isSame = (a: ProcessId, b: ProcessId): boolean =>
  a.pid === b.pid && a.started === b.started && a.boot === b.boot && a.namespace === b.namespace;

/** Whether a value names a process. */
export function isProcessId(value: unknown): value is ProcessId {
  const { pid, started, boot, namespace }: Partial<Record<keyof ProcessId, unknown>> = Object(value);
  return [pid, started, boot, namespace].map((each) => typeof each).join() === 'number,number,string,string';
}

const thisBoot = (): string => orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
const thisNamespace = (): string =>
  ['pid', 'time']
    .map((kind) => orNothing(() => readlinkSync(`/proc/self/ns/${kind}`)))
    .join(' ')
    .trim();

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** Field 22 of /proc/PID/stat, behind a name that may have anything in it; undefined for what has ended, a zombie too. */
function startOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(state) ? undefined : Number(fields[18]);
  } catch {
    return undefined;
  }
}
