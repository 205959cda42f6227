import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { EventLog } from './event-log.ts';
import { sendEvents } from './watch-events.ts';

/** Serves a log to one client. */
async function served(log: EventLog, from: number, stallMs: number) {
  let answered: (response: ServerResponse) => void = () => {};
  const response = new Promise<ServerResponse>((resolve) => {
    answered = resolve;
  });
  const server = createServer((_, each) => {
    each.writeHead(200);
    answered(each);
    void sendEvents(log, each, from, stallMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, response, close: () => server.close() };
}

test('who comes late is told what is kept, that something is missing, and all that follows', async () => {
  const log = new EventLog(200);
  for (const text of ['a', 'b', 'c']) {
    log.console(text.repeat(100));
    log.tell('phase', { text });
  }
  const { port, close } = await served(log, 2, 10_000);
  const asked = fetch(`http://127.0.0.1:${port}/`);
  const reading = (await asked).text();
  log.tell('end', {});
  log.end();
  const ids = [...(await reading).matchAll(/id: (\d+)\nevent: (\w+)/g)].map(([, id, type]) => `${id} ${type}`);
  expect(ids).toEqual(['2 phase', '3 gap', '4 phase', '5 console', '6 phase', '7 end']);
  close();
});

test('a client that reads nothing is let go, and no more waits for it than one event', async () => {
  const log = new EventLog(2 ** 22);
  const { port, response, close } = await served(log, 1, 200);
  const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  socket.pause();
  const sending = await response;
  // More than a socket takes by itself.
  for (let at = 0; at < 400; at += 1) log.tell('phase', { text: 'x'.repeat(2 ** 16) });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, sending.writableLength);
  }, 5);
  await once(sending, 'close');
  clearInterval(watch);
  expect(most).toBeLessThan(2 ** 18);
  socket.destroy();
  close();
});
