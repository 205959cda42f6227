import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FarmClient } from './client.ts';
import { farmConfig } from './config.ts';
import { farmClock } from './farm-clock.ts';
import { serveFarm } from './server.ts';
import { startFarm } from './start-farm.ts';
import { SimulatedTransport } from './transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-farm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const host = { name: 'host-1', labels: {} };
const drain = { argv: ['sim', 'drain'], limitMs: 60_000, maxBytes: 100 } as const;
const identify = { argv: ['uname', '-m'], limitMs: 60_000, maxBytes: 100 } as const;

test.each([
  { ledger: undefined, socket: undefined },
  { ledger: join(folder, 'ledger'), socket: join(folder, 'socket') },
])('a farm of its own: %j', async (places) => {
  const clock = { scale: 0.0001, start: 0, realStart: Date.now() };
  const fates = { hosts: { 'host-1': ['unreachable'] } } as const;
  const farm = await startFarm({ seed: 1, hosts: 3, clock, armed: false, fates, ...places });
  const transport = new SimulatedTransport({ address: farm.address, worker: 'w1' });
  try {
    expect((await transport.run(host, drain)).code).toBe(0);
    expect(await farmClock(farm.address)).toEqual(clock);
    await farm.note('paused');
    await farm.cut('w1', '*', Number.MAX_SAFE_INTEGER);
    await expect(transport.run(host, identify)).rejects.toThrow();
    await farm.mend();
    expect((await transport.run(host, identify)).code).toBe(0);
    await farm.arm();
    await expect(transport.run(host, identify)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    expect((await farm.ledger()).map(({ event }) => event)).toEqual(['drain', 'note', 'cut']);
    const figures = await farm.figures();
    expect(figures.requests).toBe(4);
    expect(figures.cpuMs > 0 && figures.rss > 0).toBe(true);
  } finally {
    await transport.close();
    await farm.stop();
  }
});

test.each(['before', 'after'] as const)('the world stands still %s a command, once', async (when) => {
  const clock = { scale: 0.0001, start: 0, realStart: Date.now() };
  const farm = await startFarm({ seed: 1, hosts: 3, clock, halts: [{ host: 'host-1', command: 'drain', when }] });
  const transport = new SimulatedTransport({ address: farm.address, worker: 'w1' });
  const drained = async () => (await farm.ledger()).filter(({ event }) => event === 'drain').length;
  try {
    const running = transport.run(host, drain);
    expect(await farm.halted()).toEqual({ halt: 0, worker: 'w1' });
    // Others go on.
    expect((await transport.run(host, identify)).code).toBe(0);
    expect(await drained()).toBe(when === 'before' ? 0 : 1);
    await farm.goOn(0, true);
    expect((await running).code).toBe(0);
    expect((await transport.run(host, drain)).code).toBe(0);
    expect(await drained()).toBe(2);
  } finally {
    await transport.close();
    await farm.stop();
  }
});

test('what a worker asked that is gone when the world goes on is never heard', async () => {
  const clock = { scale: 0.0001, start: 0, realStart: Date.now() };
  const halts = [{ host: 'host-1', command: 'drain', when: 'before' }] as const;
  const farm = await startFarm({ seed: 1, hosts: 3, clock, halts: [...halts] });
  const transport = new SimulatedTransport({ address: farm.address, worker: 'w1' });
  try {
    const running = transport.run(host, drain).catch(() => 'gone');
    await farm.halted();
    await transport.close();
    expect(await running).toBe('gone');
    await farm.goOn(0, false);
    expect(await farm.ledger()).toEqual([]);
  } finally {
    await farm.stop();
  }
});

test('a halt is told to who lives, at what the host hears, and nobody goes on from where nobody stands', async () => {
  const clock = { scale: 0.0001, start: 0, realStart: Date.now() };
  const farm = await startFarm({
    seed: 1,
    hosts: 3,
    clock,
    halts: [{ host: 'host-1', command: 'drain', when: 'after' }],
  });
  const transport = new SimulatedTransport({ address: farm.address, worker: 'w1' });
  try {
    const gone = new FarmClient(farm.address);
    const never = gone.ask({ do: 'halted' }).catch(() => 'gone');
    await gone.ask({ do: 'clock' });
    gone.close();
    expect(await never).toBe('gone');
    await farm.cut('*', '*', Number.MAX_SAFE_INTEGER);
    await expect(transport.run(host, drain)).rejects.toThrow();
    await farm.mend();
    await expect(farm.goOn(0, true)).rejects.toMatchObject({ code: 'EINVAL' });
    const running = transport.run(host, drain);
    expect(await farm.halted()).toEqual({ halt: 0, worker: 'w1' });
    await farm.goOn(0, true);
    expect((await running).code).toBe(0);
  } finally {
    await transport.close();
    await farm.stop();
  }
});

test.each([
  {
    halts: [
      { host: 'host-1', command: 'drain', when: 'after' } as const,
      { host: 'host-1', command: 'drain', when: 'before' } as const,
    ],
  },
])('two halts at one command are refused', async (more) => {
  await expect(startFarm({ seed: 1, hosts: 3, clock: { scale: 1, start: 0, realStart: 0 }, ...more })).rejects.toThrow(
    /one halt/,
  );
});

test('what stands where a farm is to listen is left there', async () => {
  const clock = { scale: 0.0001, start: 0, realStart: Date.now() };
  const file = join(folder, 'precious');
  writeFileSync(file, 'precious');
  await expect(serveFarm(farmConfig({ seed: 1, hosts: 3, clock, socket: file }))).rejects.toMatchObject({
    code: 'EEXIST',
  });
  expect(readFileSync(file, 'utf8')).toBe('precious');
  const config = farmConfig({ seed: 1, hosts: 3, clock, socket: join(folder, 'taken') });
  const first = await serveFarm(config);
  await expect(serveFarm(config)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await farmClock(first.address)).toEqual(clock);
  await first.close();
});

test('a config that makes no sense is refused before anything is started', async () => {
  const clock = { scale: 0, start: 0, realStart: 0 };
  await expect(startFarm({ seed: 1, hosts: 3, clock })).rejects.toThrow();
});

test('a farm that does not start says so', async () => {
  const clock = { scale: 1, start: 0, realStart: 0 };
  const program = join(folder, 'nothing.js');
  const starting = startFarm({ seed: 1, hosts: 3, clock }, { program, stderr: 'ignore' });
  await expect(starting).rejects.toMatchObject({ code: 'EIO' });
});
