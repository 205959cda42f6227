import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { QemuError } from './error.ts';
import type { Deadline } from './limits.ts';
import { said } from './said.ts';

/** How long a program may take to open the socket that it was told to, where nothing else limits it. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 20;

/** What may be otherwise in a moment: no socket yet, nobody who listens yet, too many who want to be heard. */
const PASSING: readonly unknown[] = ['ENOENT', 'ECONNREFUSED', 'EAGAIN'];

/** Bytes of a socket's name, at most: what is longer is cut off on the way, and names another (unix(7), `sun_path`). */
const PATH_MAX = process.platform === 'linux' ? 107 : 103;

/**
 * Connects to a Unix socket that another process is about to open.
 *
 * @throws QemuError `EINVAL` for a name that no socket has, `ECANCELED` for the signal, `ETIMEDOUT` for the deadline, `ENOTCONN`
 * where nobody opens it.
 */
export async function connectSoon(path: string, deadline: Deadline): Promise<Socket> {
  refuseNoName(path);
  const { signal } = deadline;
  const patience = performance.now() + PATIENCE_MS;
  for (;;) {
    if (signal?.aborted) throw cancelled(path, signal);
    const tried = await tryConnect(path);
    if (!(tried instanceof Error)) return tried;
    if (deadline.left() === 0) throw late(path, deadline.milliseconds, tried);
    if (performance.now() > patience || !PASSING.includes(tried.code)) throw nobody(path, tried);
    await sleep(Math.min(RETRY_MS, deadline.left()), undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

/** A connection to a Unix socket is there at once, or not at all. */
function tryConnect(path: string): Promise<Socket | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    // A name of digits alone is no port.
    const socket = connect({ path });
    socket.once('connect', () => resolve(socket));
    socket.once('error', resolve);
  });
}

function refuseNoName(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > 0 && length <= PATH_MAX && !path.includes('\0')) return;
  const hint = `give 1 to ${PATH_MAX} bytes without NUL; a relative path may be shorter`;
  throw new QemuError('EINVAL', `no socket is named ${said(path)}`, hint);
}

const cancelled = (path: string, { reason }: AbortSignal): QemuError =>
  new QemuError('ECANCELED', `connecting to ${path} was cancelled`, 'connect again', { cause: reason });

const late = (path: string, milliseconds: number, cause: Error): QemuError =>
  new QemuError(
    'ETIMEDOUT',
    `nobody opened ${path} within ${milliseconds / 1000} s: ${cause.message}`,
    'start QEMU with this socket',
    { cause },
  );

const nobody = (path: string, cause: Error): QemuError =>
  new QemuError('ENOTCONN', `cannot connect to ${path}: ${cause.message}`, 'start QEMU with this socket', { cause });
