import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { phases, RebootError, type Watch } from '@kexeckit/reboot';
import { LinuxError } from '../error.ts';
import { isArm64, isBefore, kernelVersion } from '../facts.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import type { Host } from '../host.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { rebootIntoNext } from '../syscalls/kexec.ts';
import { type WriteMarkOptions, writeMark } from '../write-mark.ts';
import { isCrashOurs } from './crash-record.ts';
import { type LoadedRecord, readLoaded, refuseChanged, refuseGone } from './loaded-record.ts';
import { takeNetworkDown } from './network.ts';
import { attempt } from './slots.ts';

/** Whoever stops the services of a host in their order. */
export interface ServiceManager {
  readonly name: string;
  /** Asks it to stop everything, and to reboot then into what is loaded. It goes on by itself. */
  rebootIntoLoaded(): Promise<void>;
}

/** What sd_booted(3) looks at. */
const SYSTEMD_RUNS = '/run/systemd/system';

/** systemd, where it is the init of this host. */
export function serviceManagerHere(): ServiceManager | undefined {
  if (!existsSync(SYSTEMD_RUNS)) return undefined;
  return {
    name: 'systemd',
    rebootIntoLoaded: async () => void (await promisify(execFile)('systemctl', ['kexec'])),
  };
}

/** How a host is left. */
export interface Leaving {
  readonly host: Host;
  readonly kernel: Kernel;
  /** Stops services first; undefined: at once, and nothing is stopped. */
  readonly services: ServiceManager | undefined;
  /** Whether file systems are written out first, where nothing is stopped. Yes by default. */
  readonly sync?: boolean;
  /** Whether network interfaces are taken down then. No by default. */
  readonly networkDown?: boolean;
  /** What stays loaded where the kernel does not go, for people; undefined: nothing does. */
  readonly stays?: string | undefined;
}

/** What stays loaded where the kernel does not go. @param crashToo whether a panic starts an image of ours, too. */
export const staysLoaded = (crashToo: boolean): string =>
  `${crashToo ? 'the image is still loaded, and so is what a panic starts now' : 'the image is still loaded'}: kexeckit exec tries again, kexeckit unload unloads it`;

/** Milliseconds from one attempt to go to the next, and how many there are, while another process loads. */
const PAUSE = 1000;
const ATTEMPTS = 10;

/** Seconds after which the machine should have gone, and this process with it: at once, and with services to stop. */
const LAST_WORDS = { atOnce: 60, orderly: 600 } as const;

/**
 * The point of no return. Where it goes well nobody sees it return: this waits for the end, which with services to stop
 * comes as a signal.
 *
 * @throws RebootError in phase `shutdown` where the kernel, or the service manager, refuses; `ETIMEDOUT` where services were
 * asked to stop, and nothing has come of it, `ECANCELED` where somebody ended the waiting.
 */
export async function leave({ services, ...at }: Leaving, { signal }: Watch = {}): Promise<void> {
  if (services !== undefined) return await leaveInOrder(services, signal);
  await leaveAtOnce(at, signal);
  await sleep(LAST_WORDS.atOnce * 1000, undefined, { ref: false, ...(signal && { signal }) }).catch(() => {});
}

async function leaveAtOnce(
  { host, kernel, stays, sync = true, networkDown = false }: Omit<Leaving, 'services'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (networkDown) {
    // What is written out may go over the network.
    if (sync) attempt({ host, kernel }, phases.shutdown, () => void kernel.call('sync'));
    takeNetworkDown();
  }
  const syncs = sync && !networkDown;
  for (let left = ATTEMPTS; ; left--)
    try {
      attempt({ host, kernel }, phases.shutdown, () => rebootIntoNext(kernel, syncs));
      return;
    } catch (error) {
      if (!(error instanceof RebootError)) throw error;
      const { code, message, hint, phase } = error;
      if (code === 'EBUSY' && left > 0 && !signal?.aborted) await sleep(PAUSE);
      else if (stays === undefined) throw error;
      else throw new RebootError(code, message, `${hint}; ${stays}`, { ...(phase && { phase }), cause: error });
    }
}

/** Asks, and waits for an end that comes from outside. */
async function leaveInOrder(services: ServiceManager, signal: AbortSignal | undefined): Promise<never> {
  await askFor(services);
  const stopped = await sleep(LAST_WORDS.orderly * 1000, false, signal && { signal }).catch(() => true);
  throw new RebootError(
    stopped ? 'ECANCELED' : 'ETIMEDOUT',
    stopped
      ? `${services.name} was asked to reboot, and goes on with that; nobody waits for it any more`
      : `${services.name} was asked to reboot ${LAST_WORDS.orderly} s ago, and the machine still runs`,
    'the image is still loaded: see systemctl list-jobs, or leave at once with --force',
    { phase: phases.shutdown, cause: signal?.reason },
  );
}

/** Whether the host may be going all the same: services were asked to stop, and nobody waits for it any more. */
export const isLeaving = (error: unknown): boolean =>
  error instanceof RebootError &&
  error.phase?.name === phases.shutdown.name &&
  (error.code === 'ETIMEDOUT' || error.code === 'ECANCELED');

/** How to leave a host with what is loaded on it. */
export interface LeaveOptions extends Watch {
  /** At once: services are not stopped. By default they are, where systemd runs. */
  readonly atOnce?: boolean;
  /** At once: whether file systems are written out. Yes by default. */
  readonly sync?: boolean;
  /** At once: whether network interfaces are taken down, behind that. No by default. */
  readonly networkDown?: boolean;
  /** The kernel to ask; the one below by default. */
  readonly kernel?: Kernel;
  /** Where it was noted what was loaded; `/run/kexeckit` for the kernel below. */
  readonly folder?: string;
  /** Leaves the mark from which the next boot tells how long the reboot took; `writeMark` by default. */
  readonly leaveMark?: (mark: WriteMarkOptions) => void;
}

/**
 * The point of no return: services are stopped, file systems are written out, and the machine reboots into what is loaded. Of what
 * was noted when it was loaded, everything must still be there. A holder leaves the mark of the reboot itself.
 *
 * @throws RebootError `ENOENT` in phase `stage` where nothing is, `ESTALE` where a part of it has gone; in phase `shutdown` where the kernel refuses.
 */
export async function rebootIntoLoaded(host: Host, options: LeaveOptions = {}): Promise<void> {
  const { atOnce = false, sync, networkDown, kernel, folder, leaveMark = writeMark, ...watch } = options;
  if (host.kexecLoaded !== true)
    throw new RebootError('ENOENT', 'no image is loaded', 'load one first: kexeckit load', { phase: phases.stage });
  const notes = runFolderFor(kernel, folder);
  const record = notes === undefined ? undefined : readLoaded(notes);
  const asked = kernel ?? (await thisKernel());
  if (notes !== undefined && record !== undefined) {
    refuseGone(record, host, notes);
    await refuseChanged(record, host, asked);
  }
  if (record?.isHeld === false) markBy(leaveMark, { ...record, isTraceless: isTraceless(host, record) });
  const services = atOnce ? undefined : serviceManagerHere();
  const stays = staysLoaded(notes !== undefined && isCrashOurs(notes, host));
  const how = { ...(sync !== undefined && { sync }), ...(networkDown !== undefined && { networkDown }) };
  await leave({ host, kernel: asked, services, ...how, stays }, watch);
}

/**
 * A tree of ours says that it is from kexec, and so does one that Linux makes for files, from 5.13 on (drivers/of/kexec.c). Where
 * digests are compared the tree is ours.
 */
function isTraceless(host: Host, { checks }: LoadedRecord): boolean {
  const version = kernelVersion(host);
  return !checks && isArm64(host) !== false && (version === undefined || isBefore(version, [5, 13]));
}

/** A reboot without a mark is a reboot: only its timeline is not known. */
function markBy(
  leaveMark: (mark: WriteMarkOptions) => void,
  { strategy, checks, isTraceless: leavesNone }: WriteMarkOptions,
): void {
  try {
    leaveMark({ strategy, checks, ...(leavesNone && { isTraceless: leavesNone }) });
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
}

async function askFor(services: ServiceManager): Promise<void> {
  try {
    await services.rebootIntoLoaded();
  } catch (cause) {
    throw new RebootError(
      'EIO',
      `${services.name} does not reboot: ${cause instanceof Error ? cause.message.trim() : String(cause)}`,
      'the image is still loaded: ask again, or leave at once with --force',
      { phase: phases.shutdown, cause },
    );
  }
}
