import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a program may take to open the socket that it was told to. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 20;

/** Connects to a Unix socket that another process is about to open. */
export async function connectSoon(path: string, signal: AbortSignal): Promise<Socket> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    const socket = await tryConnect(path);
    if (!(socket instanceof Error)) return socket;
    if (performance.now() > deadline) throw socket;
    await sleep(RETRY_MS, undefined, { signal });
  }
}

function tryConnect(path: string): Promise<Socket | Error> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', resolve);
  });
}
