import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { QemuError } from './error.ts';

/** How long a program may take to open the socket that it was told to. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 20;

/**
 * Connects to a Unix socket that another process is about to open.
 *
 * @throws QemuError `ECANCELED` for the signal, `ENOTCONN` where nobody opens it.
 */
export async function connectSoon(path: string, signal: AbortSignal): Promise<Socket> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    if (signal.aborted) throw cancelled(signal);
    const socket = await tryConnect(path);
    if (!(socket instanceof Error)) return socket;
    if (performance.now() > deadline)
      throw new QemuError('ENOTCONN', `cannot connect to ${path}: ${socket.message}`, 'start QEMU with this socket', {
        cause: socket,
      });
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Waits for a client to open its end, but not beyond the signal. @throws QemuError `ECANCELED`, or what the client throws. */
export async function openOrCancelled<Client>(
  socket: Socket,
  signal: AbortSignal,
  client: Promise<Client>,
): Promise<Client> {
  const stop = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await client;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? cancelled(signal) : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const cancelled = ({ reason }: AbortSignal): QemuError =>
  new QemuError('ECANCELED', 'the connection was cancelled', 'connect again', { cause: reason });

function tryConnect(path: string): Promise<Socket | Error> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', resolve);
  });
}
