import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { skipWithout, whyNoQemu } from '@kexeckit/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hostOffers } from '../src/commands/lab/offers.ts';
import { qemuLimits } from '../src/commands/lab/qemu/limits.ts';
import type { Host } from '../src/commands/lab/route.ts';
import { labServer } from '../src/commands/lab/server.ts';
import { testFolder } from './kexeckit.ts';
import {
  ask,
  bodyOf,
  consoleOf,
  inPart,
  own,
  sent,
  startLab,
  startRun,
  status,
  type Told,
  told,
  wishes,
} from './lab-client.ts';
import { Trace } from './processes.ts';

const TIMEOUT = 120_000;
const MIB = 2 ** 20;

/** Noise: it runs up to the jump, and hangs behind it. */
const files = { ...generateWorkload(MIB, MIB, 1) };
const hanging = (): Buffer<ArrayBuffer> => bodyOf(files, { ...wishes, until: 'mark' });
const jumped = (all: readonly Told[]): boolean => all.some(({ data }) => data.phase === 'startup');
const QEMU = 'qemu-system-aarch64';

beforeEach((ctx) => skipWithout(ctx, whyNoQemu()));

describe('a lab with little patience', () => {
  const limits = { ...qemuLimits, machines: 1, silenceMs: 300, graceMs: 1500, watchers: 2, bodyBytes: 4 * MIB };
  const token = 'word';
  let host: Host | undefined;
  let server: Server | undefined;
  let lab = new URL('http://127.0.0.1');

  beforeAll(async () => {
    host = await hostOffers(limits, process.platform, inPart);
    server = labServer(new Map(), host, () => ({ port: Number(lab.port), token }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object') lab = new URL(`http://127.0.0.1:${address?.port}/${token}/`);
  });
  afterAll(async () => {
    await host?.end();
    server?.close();
    server?.closeAllConnections();
  });
  const end = (run: URL): Promise<Response> => fetch(run, { method: 'DELETE', headers: { origin: lab.origin } });
  const type = (run: URL, body: string, headers = own(lab)): Promise<Response> =>
    fetch(new URL(`${run}/input`), { method: 'POST', headers, body: Buffer.from(body) });

  test(
    'a generated kernel goes up to the jump: phases in order, breadcrumbs, every byte read back',
    async () => {
      const run = await startRun(lab, bodyOf(files));
      const all = await told(run);
      expect(all.map(({ id }) => id)).toEqual(all.map((_, at) => at + 1));
      expect(all.flatMap(({ type: kind, data }) => (kind === 'phase' ? [data.phase] : []))).toEqual([
        'inputs',
        'describe',
        'plan',
        'load',
        'prove',
        'stage',
        'quiesce',
        'relocation',
      ]);
      const seconds = all.flatMap(({ data }) => (typeof data.seconds === 'number' ? [data.seconds] : []));
      expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
      const { data } = all.at(-1) ?? {};
      expect(data).toMatchObject({ how: 'arrived', report: { kind: 'arrival', strategy: 'mmu-on' } });
      expect(data).toMatchObject({ report: { breadcrumbs: consoleOf(all) } });
      // Who was away goes on where it was, also behind the end.
      expect(await told(run, undefined, 5)).toEqual(all.slice(5));
    },
    TIMEOUT,
  );

  test(
    'what fails is told with its phase',
    async () => {
      const all = await told(await startRun(lab, bodyOf({ kernel: new Uint8Array(100) })));
      expect(all.at(-1)?.data).toMatchObject({ how: 'failed', error: { code: 'ENOEXEC', phase: 'plan' } });
    },
    TIMEOUT,
  );

  test(
    'no more machines run than may; one that is ended gives its place back, and can be ended twice',
    async () => {
      const run = await startRun(lab, hanging());
      const all = told(run);
      const second = await ask(lab, hanging());
      expect([second.status, (await second.json()).error.code]).toEqual([429, 'EBUSY']);
      expect((await type(run, 'x')).status).toBe(409);
      expect((await end(run)).status).toBe(204);
      expect((await end(run)).status).toBe(204);
      expect((await all).at(-1)?.data).toMatchObject({ how: 'cancelled', error: { code: 'ECANCELED' } });
      const third = await startRun(lab, hanging());
      expect((await Promise.all([end(third), end(third)])).map((answer) => answer.status)).toEqual([204, 204]);
    },
    TIMEOUT,
  );

  test(
    'a machine that nobody watches any more is ended; no more may watch than is said',
    async () => {
      const run = await startRun(lab, hanging());
      const leave = new AbortController();
      const watchers = [0, 1].map(() => fetch(new URL(`${run}/events`), { signal: leave.signal }));
      await Promise.all(watchers);
      expect((await fetch(new URL(`${run}/events`))).status).toBe(429);
      leave.abort();
      const all = await told(run, jumped);
      expect(jumped(all)).toBe(true);
      // It waits for a while, and is gone then: who comes back in time hears how.
      let last: Told | undefined;
      while (last?.type !== 'end') {
        await new Promise((resolve) => setTimeout(resolve, limits.graceMs * 2));
        [last] = (await told(run)).slice(-1);
      }
      expect(last.data).toMatchObject({
        how: 'cancelled',
        error: { message: expect.stringMatching(/nobody watched/) },
      });
    },
    TIMEOUT,
  );

  test(
    'who asks twice on one connection, and leaves, watches no more',
    async () => {
      const run = await startRun(lab, hanging());
      const twice = `GET ${run.pathname}/events HTTP/1.1\r\nHost: ${lab.host}\r\n\r\n`.repeat(2);
      expect(status(await sent(lab, twice, 500))).toBe('200');
      // The place of both is free again, as soon as that is heard.
      const leave = new AbortController();
      const watch = (): Promise<Response> => fetch(new URL(`${run}/events`), { signal: leave.signal });
      expect((await watch()).status).toBe(200);
      let second = await watch();
      for (let tries = 0; second.status === 429 && tries < 20; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        second = await watch();
      }
      expect(second.status).toBe(200);
      leave.abort();
      expect((await end(run)).status).toBe(204);
    },
    TIMEOUT,
  );

  test(
    'who is told that there is no place, and does not say what it wants, is let go',
    async () => {
      const run = await startRun(lab, hanging());
      const head = ['POST /word/host/qemu/runs HTTP/1.1', `Host: ${lab.host}`, `Origin: ${lab.origin}`];
      const slow = [...head, 'Content-Type: application/octet-stream', 'Content-Length: 1000', '', 'abc'].join('\r\n');
      expect(status(await sent(lab, slow, 5000))).toBe('408');
      expect((await end(run)).status).toBe(204);
    },
    TIMEOUT,
  );

  test('turns away what is no request of its page', async () => {
    const runs = `${lab.pathname}host/qemu/runs`;
    const head = (line: string, ...headers: string[]): string => [`${line} HTTP/1.1`, ...headers, '', ''].join('\r\n');
    const host = `Host: ${lab.host}`;
    const origin = `Origin: ${lab.origin}`;
    const bytes = 'Content-Type: application/octet-stream';
    const body = hanging();
    const post = (...headers: string[]): Promise<string> =>
      sent(lab, head(`POST ${runs}`, ...headers, `Content-Length: ${body.length}`));
    expect(status(await post('Host: rebound.example', origin, bytes))).toBe('421');
    expect(status(await post(host, 'Origin: http://evil.example', bytes))).toBe('403');
    expect(status(await post(host, 'Origin: null', bytes))).toBe('403');
    expect(status(await post(host, bytes))).toBe('403');
    expect(status(await post(host, origin, bytes, 'Sec-Fetch-Site: cross-site'))).toBe('403');
    expect(status(await post(host, origin, 'Content-Type: text/plain'))).toBe('415');
    expect(status(await post(host, origin, 'Content-Type: multipart/form-data; boundary=x'))).toBe('415');
    for (const path of ['/host/qemu/runs', '/wrong/host/qemu/runs', '//host/qemu/runs'])
      expect(status(await sent(lab, head(`POST ${path}`, host, origin, bytes, 'Content-Length: 5')))).toBe('404');
    // Nothing of it is read: the answer comes though the body does not.
    const large = `Content-Length: ${limits.bodyBytes + 1}`;
    expect(status(await sent(lab, head(`POST ${runs}`, host, origin, bytes, large)))).toBe('413');
    expect(status(await sent(lab, head(`POST ${runs}`, host, origin, bytes, large, 'Expect: 100-continue')))).toBe(
      '413',
    );
    const chunked = 'Transfer-Encoding: chunked';
    const endless = `${head(`POST ${runs}`, host, origin, bytes, chunked)}${'5\r\nxxxxx\r\n'.repeat(1000)}`;
    expect(status(await sent(lab, endless))).toBe('411');
    expect(status(await sent(lab, head(`OPTIONS ${runs}`, host, 'Origin: http://evil.example')))).toBe('403');
  });

  test(
    'a request that does not come to its end gives its place back',
    async () => {
      const slow = ['POST /word/host/qemu/runs HTTP/1.1', `Host: ${lab.host}`, `Origin: ${lab.origin}`];
      const head = [...slow, 'Content-Type: application/octet-stream', 'Content-Length: 1000', '', ''].join('\r\n');
      expect(status(await sent(lab, head))).toBe('408');
      expect(status(await sent(lab, `${head}abc`))).toBe('408');
      // One that leaves in the middle of it.
      const socket = connect(Number(lab.port), lab.hostname, () => socket.write(head, () => socket.destroy()));
      await once(socket, 'close');
      // It may be a moment until that is heard.
      let response = await ask(lab, hanging());
      while (response.status === 429) response = await ask(lab, hanging());
      expect(response.status).toBe(201);
      await end(new URL(`host/qemu/runs/${(await response.json()).id}`, lab));
    },
    TIMEOUT,
  );

  test(
    'an identifier that is none is found nowhere, and leads nowhere',
    async () => {
      const ids = ['x', '', '.', '..', '%2e%2e', '..%2f..%2fiomem', 'constructor', '__proto__', 'A'.repeat(4000)];
      for (const id of ids) {
        const at = `${lab.pathname}host/qemu/runs/${id}`;
        const asked = (line: string): Promise<string> =>
          sent(
            lab,
            [`${line} HTTP/1.1`, `Host: ${lab.host}`, `Origin: ${lab.origin}`, 'Connection: close', '', ''].join(
              '\r\n',
            ),
          );
        expect([id, status(await asked(`DELETE ${at}`))]).toEqual([id, '404']);
        expect([id, status(await asked(`GET ${at}/events`))]).toEqual([id, '404']);
        expect([id, status(await asked(`GET ${at}/../../../../../etc/passwd`))]).toEqual([id, '404']);
      }
    },
    TIMEOUT,
  );
});

describe('a lab that ends', () => {
  const folder = testFolder();
  /** A lab with a machine that hangs, and what is left of it when it got a signal. */
  async function ended(signal: NodeJS.Signals): Promise<{ code: number | null; left: string[] }> {
    const trace = new Trace(folder);
    const { address, end } = await startLab(trace.env);
    const run = await startRun(address, hanging());
    const watching = told(run).catch(() => []);
    await told(run, jumped);
    await trace.runs(QEMU);
    const { code } = await end(signal);
    await watching;
    return { code, left: await trace.left() };
  }

  test.each<[NodeJS.Signals, number | null]>([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGKILL', null],
  ])(
    'by %s leaves no machine and no file',
    async (signal, code) => {
      expect(await ended(signal)).toEqual({ code, left: [] });
    },
    TIMEOUT,
  );

  test(
    'offers no machine where QEMU is not',
    async () => {
      const path = mkdtempSync(join(folder, 'none-'));
      const { address, end } = await startLab({ ...process.env, PATH: path });
      expect(await (await fetch(address)).text()).toContain('<meta name="kexeckit-host" content="host/iomem">');
      expect((await fetch(new URL('host/qemu', address))).status).toBe(404);
      expect((await ask(address, hanging())).status).toBe(404);
      await end('SIGINT');
    },
    TIMEOUT,
  );
});
