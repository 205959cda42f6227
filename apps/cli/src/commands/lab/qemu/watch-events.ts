import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventLog } from './event-log.ts';

/**
 * Sends what is told of a machine until its end, or until the client is gone. What waits to be sent is one event at most: a client
 * that reads slowly is told what it missed, and one that reads nothing for `stallMs` milliseconds is let go.
 *
 * @param from the number of the first event.
 */
export async function sendEvents(
  log: EventLog,
  response: ServerResponse,
  from: number,
  stallMs: number,
): Promise<void> {
  const gone = new AbortController();
  // An answer that waits for the one before it on its connection hears nothing of the connection's end.
  for (const end of [response, response.req.socket]) end.once('close', () => gone.abort());
  for (let at = from; !gone.signal.aborted; ) {
    if (at >= log.next) {
      if (log.isOver) break;
      await log.more(gone.signal);
      continue;
    }
    const { text, next } = pieceAt(log, at);
    at = next;
    if (!response.write(text)) await drained(response, gone, stallMs);
  }
  response.end();
  response.socket?.setTimeout(stallMs, () => response.destroy());
}

/** The event of a number; where it is gone, that it is, and the one that is kept. */
function pieceAt(log: EventLog, at: number): { text: string; next: number } {
  const text = log.at(at);
  if (text !== undefined) return { text, next: at + 1 };
  let next = at + 1;
  while (next < log.next && log.at(next) === undefined) next += 1;
  return { text: `id: ${next - 1}\nevent: gap\ndata: {}\n\n`, next };
}

async function drained(response: ServerResponse, gone: AbortController, stallMs: number): Promise<void> {
  const timer = setTimeout(() => {
    response.destroy();
    gone.abort();
  }, stallMs);
  await once(response, 'drain', { signal: gone.signal }).catch(() => {});
  clearTimeout(timer);
}
