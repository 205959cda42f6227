import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostEntry } from '@kexeckit/rollout';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentOver } from '../agent/agent.ts';
import { realClock } from '../clock.ts';
import { FleetError } from '../error.ts';
import { bootFiles } from '../testing/direct-farm.ts';
import { FarmClient } from './client.ts';
import { type FarmInput, farmConfig, hostName } from './config.ts';
import { machineIdOf } from './host.ts';
import { type FarmServer, serveFarm } from './server.ts';
import { SimulatedTransport } from './transport.ts';

const host: HostEntry = { name: 'host-3', labels: {} };
const uname = { argv: ['uname', '-m'], limitMs: 60_000, maxBytes: 4096 } as const;
const HOUR = 3_600_000;
let folder: string;
let open: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-farm-'));
});
afterEach(async () => {
  for (const each of open) await each.close();
  open = [];
  rmSync(folder, { recursive: true });
});

/** Everything is answered at once, where nothing else is said. */
const AT_ONCE = { reply: [0, 0], load: [0, 0], drain: [0, 0], health: [0, 0], boot: [0, 0] } as const;

async function farm(more: Partial<FarmInput> = {}): Promise<FarmServer> {
  const clock = { scale: 0.001, start: 0, realStart: Date.now() };
  const config = { seed: 1, hosts: 10, clock, times: AT_ONCE, socket: join(folder, 'farm'), ...more };
  const server = await serveFarm(farmConfig(config));
  open.push(server);
  return server;
}

function transportTo(address: string, worker = 'w1'): SimulatedTransport {
  const transport = new SimulatedTransport({ address, worker });
  open.push(transport);
  return transport;
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'fine',
    (error) => (error instanceof FleetError ? error.code : String(error)),
  );

test.each(['a socket in a folder', 'a port of this machine'])('the road of a host over %s', async (way) => {
  const { address } = await farm(way.includes('port') ? { socket: undefined } : {});
  const boot = bootFiles('6.12.0-next');
  open.push({ close: async () => boot.remove() });
  const limits = { askMs: HOUR, describeMs: HOUR, installMs: HOUR, stageMs: HOUR, commitMs: HOUR };
  const agent = agentOver(transportTo(address), boot.next.agent, realClock, limits);
  const { kernel, initrd } = boot.next;
  const { bootId } = await agent.identify(host);
  await agent.install(host, [boot.next.agent, kernel, boot.plan, ...(initrd === undefined ? [] : [initrd])]);
  expect((await agent.describe(host)).length).toBe(2048);
  await agent.stage(host, boot.next, boot.plan);
  expect(await agent.commit(host, 'r1', bootId)).toBe('committed');
  const after = await agent.identify(host);
  expect(after).toMatchObject({ release: '6.12.0-next', machineId: machineIdOf(1, host.name) });
  expect(after.bootId).not.toBe(bootId);
});

test('an address is where a host is, where it has one', async () => {
  const transport = transportTo((await farm()).address);
  const alias = { name: 'alias', address: 'host-3', labels: {} };
  expect((await transport.run(alias, uname)).code).toBe(0);
  expect(await codeOf(transport.run({ ...alias, address: undefined }, uname))).toBe('EHOSTUNREACH');
});

test('many ask at once, and each gets its own answer', async () => {
  const hosts = 500;
  const { address } = await farm({ hosts, times: { ...AT_ONCE, reply: [0, 20_000] } });
  const workers = ['w1', 'w2', 'w3'].map((worker) => transportTo(address, worker));
  const asked = Array.from({ length: hosts }, async (_, at) => {
    const name = hostName({ prefix: 'host-', hosts }, at);
    const argv = ['cat', '/proc/sys/kernel/random/boot_id', '/proc/sys/kernel/osrelease', '/etc/machine-id'] as const;
    const worker = workers[at % workers.length];
    const said = await worker?.run({ name, labels: {} }, { ...uname, argv });
    return [
      name,
      Buffer.from(said?.stdout ?? [])
        .toString()
        .split('\n')[2],
    ] as const;
  });
  for (const [name, machineId] of await Promise.all(asked)) expect(machineId).toBe(machineIdOf(1, name));
});

test('megabytes go over', async () => {
  const transport = transportTo((await farm()).address);
  const stdin = new Uint8Array(5 << 20).fill(7);
  const { createHash } = await import('node:crypto');
  const { writeCommand } = await import('../agent/install.ts');
  const argv = writeCommand('/x', createHash('sha256').update(stdin).digest('hex'));
  expect((await transport.run(host, { ...uname, argv, stdin })).code).toBe(0);
});

test('what a host writes as errors is without control characters', async () => {
  const { address } = await farm({ socket: undefined });
  const said = await transportTo(address).run(host, { ...uname, argv: ['sim', 'explode'] });
  expect(said).toMatchObject({ code: 127, stderr: 'sim: no such program' });
});

describe('what a worker waits for no longer', () => {
  test('is given up by its signal', async () => {
    const { address } = await farm({ times: { ...AT_ONCE, reply: [1e9, 1e9] } });
    const transport = transportTo(address);
    const stop = new AbortController();
    const asked = codeOf(transport.run(host, { ...uname, limitMs: 1e10, signal: stop.signal }));
    stop.abort();
    expect(await asked).toBe('ECANCELED');
    expect(await codeOf(transport.run(host, { ...uname, signal: AbortSignal.abort() }))).toBe('ECANCELED');
  });

  test('is cut off where the farm ends, and where there is none', async () => {
    const server = await farm({ times: { ...AT_ONCE, reply: [1e9, 1e9] } });
    const transport = transportTo(server.address);
    const asked = codeOf(transport.run(host, { ...uname, limitMs: 1e10 }));
    // It is there, and waits.
    await new FarmClient(server.address).ask({ do: 'figures' });
    await server.close();
    open = open.filter((each) => each !== server);
    expect(await asked).toBe('EIO');
    expect(await codeOf(transport.run(host, uname))).toBe('ECONNREFUSED');
    await farm();
    expect(await codeOf(transport.run(host, uname))).toBe('fine');
  });

  test('is not asked for a second time when the connection breaks: what fails has failed', async () => {
    const { address } = await farm({ times: { ...AT_ONCE, reply: [1e9, 1e9] } });
    const transport = transportTo(address);
    const watcher = new FarmClient(address);
    open.push({ close: async () => watcher.close() });
    const requests = async (): Promise<unknown> => (await watcher.ask({ do: 'figures' })).header;
    const first = codeOf(transport.run(host, { ...uname, limitMs: 1e10 }));
    await expect.poll(requests).toMatchObject({ requests: 1 });
    // It breaks, and in the same turn something more is asked, which goes over another connection.
    await transport.close();
    const second = transport.run(host, { ...uname, argv: ['uname', '-m'], limitMs: 0 });
    expect(await first).toBe('EIO');
    expect(await codeOf(second)).toBe('ETIMEDOUT');
    expect(await requests()).toMatchObject({ requests: 2 });
  });

  test('is done all the same where the worker is killed', async () => {
    const server = await farm({ times: { ...AT_ONCE, drain: [1e9, 1e9] } });
    const transport = transportTo(server.address);
    const asked = codeOf(transport.run(host, { ...uname, argv: ['sim', 'drain'], limitMs: 1e10 }));
    const watcher = new FarmClient(server.address);
    open.push({ close: async () => watcher.close() });
    while (Buffer.from((await watcher.ask({ do: 'ledger' })).body).length === 0);
    await transport.close();
    expect(await asked).toBe('EIO');
    const { body } = await watcher.ask({ do: 'ledger' });
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ host: host.name, event: 'drain' });
  });
});

test('who speaks another language is put out, and nobody else', async () => {
  const { address } = await farm();
  const transport = transportTo(address);
  expect(await codeOf(transport.run(host, uname))).toBe('fine');
  for (const said of [
    'GET / HTTP/1.1\r\n\r\n',
    '\u000d\0\0\0\u0001\0\0\0\u0005\0\0\0{"a"}',
    '\u000e\0\0\0\0\0\0\0\u0006\0\0\0{"a":1',
  ]) {
    const socket = connect(address);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    // It waits for an answer.
    socket.write(said);
    socket.resume();
    await closed;
  }
  expect(await codeOf(transport.run(host, uname))).toBe('fine');
});

test('a farm that answers what is no answer', async () => {
  const path = join(folder, 'liar');
  const liar = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('this is no frame, however long one waits for it'));
  });
  await new Promise<void>((resolve) => liar.listen(path, resolve));
  open.push({ close: () => new Promise((resolve) => liar.close(() => resolve())) });
  expect(await codeOf(transportTo(path).run(host, uname))).toBe('EIO');
});
