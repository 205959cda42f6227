import { checkStatus } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusOf } from '../src/observe/status.ts';
import { documentOver } from '../src/testing/documents.ts';
import { FakeHost } from '../src/testing/fake-fleet.ts';
import { orderRollout, startRollout } from '../src/workflow/client.ts';
import { Bench, canceled, hook } from './support/in-process.ts';
import { hasPostgres } from './support/postgres.ts';

const TIMEOUT = 120_000;
/** The bench's clock begins on a Monday at noon: an hour of it is 3.6 s. */
const FRIDAY = [{ days: ['fri'], start: '12:00', end: '13:00', zone: 'UTC' }] as const;
const HOUR = 3_600_000;
/** The time on the clock at a moment. */
const clockAt = (moment: number): string => new Date(moment).toISOString().slice(11, 16);

describe.skipIf(!hasPostgres)('a rollout whose worker is in this process', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await Bench.open();
    await bench.work();
  }, TIMEOUT);

  afterAll(() => bench.close(), TIMEOUT);

  test('a host that was deferred, and then fails, ends its wave', { timeout: TIMEOUT }, async () => {
    // Closed for three hours, ten hours from now.
    const closes = bench.clock.now() + 10 * HOUR;
    const windows = [{ start: clockAt(closes + 3 * HOUR), end: clockAt(closes), zone: 'UTC' }];
    const document = documentOver('deferred', [1], { drain: hook('drain-late'), windows, failureBudget: 5 });
    bench.host(document);
    let tries = 0;
    bench.hooks.set('drain-late', async () => {
      tries++;
      if (tries > 1) return 1;
      bench.ahead = closes + HOUR / 10 - bench.clock.now();
      return 0;
    });
    await startRollout(bench.client, document);
    const status = await bench.ended('deferred');
    expect(status.hosts).toMatchObject([{ state: 'ended', result: { outcome: 'failed', attempt: 2 } }]);
    expect(checkStatus(status, document)).toEqual([]);
    expect(tries).toBe(2);
  });

  test('a host whose drain takes longer than its window fails in the end', { timeout: TIMEOUT }, async () => {
    // Closed for an hour a day.
    const closes = bench.clock.now() + 10 * HOUR;
    const windows = [{ start: clockAt(closes + HOUR), end: clockAt(closes), zone: 'UTC' }];
    const document = documentOver('late', [1], { drain: hook('drain-long'), windows, failureBudget: 1 });
    bench.host(document);
    let tries = 0;
    bench.hooks.set('drain-long', async () => {
      const days = Math.ceil((bench.clock.now() - closes) / (24 * HOUR));
      bench.ahead += closes + days * 24 * HOUR + HOUR / 10 - bench.clock.now();
      tries++;
      return 0;
    });
    await startRollout(bench.client, document);
    const status = await bench.ended('late');
    expect(status).toMatchObject({
      state: 'finished',
      hosts: [
        { state: 'ended', result: { outcome: 'failed', attempt: 3, trouble: { code: 'EBUSY', phase: 'commit' } } },
      ],
    });
    expect(bench.hosts.get('w0h0')?.isLoaded).toBe(false);
    expect(checkStatus(status, document)).toEqual([]);
    expect(tries).toBe(3);
  });

  test('a host that was held while its windows closed does not fail for that', { timeout: TIMEOUT }, async () => {
    const closes = bench.clock.now() + 10 * HOUR;
    const windows = [{ start: clockAt(closes + HOUR / 2), end: clockAt(closes), zone: 'UTC' }];
    const rules = { drain: hook('no-drain'), blockers: [hook('alert')], windows };
    const document = documentOver('held', [1], rules);
    bench.host(document);
    let alerts = 0;
    bench.hooks.set('alert', async () => {
      alerts++;
      if (alerts > 8) return 0;
      // Every second answer, which a host is waiting for, comes when its window has closed.
      const days = Math.ceil((bench.clock.now() - closes) / (24 * HOUR));
      if (alerts % 2 === 0) bench.ahead += closes + days * 24 * HOUR + HOUR / 10 - bench.clock.now();
      return 1;
    });
    await startRollout(bench.client, document);
    const status = await bench.ended('held');
    expect(status).toMatchObject({ state: 'finished', outcomes: { done: 1 } });
  });

  test('a host whose drain fails gets its work back', { timeout: TIMEOUT }, async () => {
    const document = documentOver('drained', [1], { drain: hook('drain-half'), restore: hook('give-back') });
    bench.host(document);
    let given = 0;
    bench.hooks.set('drain-half', async () => 1);
    bench.hooks.set('give-back', async () => {
      given++;
      return 0;
    });
    await startRollout(bench.client, document);
    expect((await bench.ended('drained')).outcomes.failed).toBe(1);
    expect(given).toBe(1);
    expect(bench.hosts.get('w0h0')).toMatchObject({ isLoaded: false, commits: [] });
  });

  test('an abort does not wait for windows, and a bypass passes them', { timeout: TIMEOUT }, async () => {
    const document = documentOver('closed', [3], { windows: [...FRIDAY] });
    bench.host(document);
    await startRollout(bench.client, document);
    await bench.until('closed', ({ hosts }) => hosts.every(({ state }) => state === 'waiting'));
    await orderRollout(bench.client, 'closed', { kind: 'bypass', host: 'w0h1' });
    await bench.until('closed', ({ outcomes }) => outcomes.done === 1);
    await orderRollout(bench.client, 'closed', { kind: 'abort', why: 'no \u001b[31mmore' });
    const status = await bench.ended('closed');
    expect(status).toMatchObject({ state: 'stopped', outcomes: { done: 1, skipped: 2 } });
    expect(status.gate).toEqual({ state: 'aborted', why: 'no more' });
    expect(checkStatus(status, document)).toEqual([]);
  });

  test('a rollout whose own workflow is ended says so', { timeout: TIMEOUT }, async () => {
    const document = documentOver('ended', [1, 1], { windows: [...FRIDAY] });
    bench.host(document);
    await startRollout(bench.client, document);
    await bench.until('ended', ({ hosts }) => hosts.every(({ state }) => state === 'waiting'));
    await bench.client.cancelWorkflow('ended');
    const status = await bench.ended('ended');
    expect(status.state).toBe('stopped');
    expect(status.gate).toEqual({ state: 'aborted', why: 'it was ended from outside' });
    expect(status.outcomes.skipped).toBe(2);
    expect(checkStatus(status, document)).toEqual([]);
  });

  test('a worker that is stopped leaves its hosts to the next one', { timeout: TIMEOUT }, async () => {
    const document = documentOver('left', [1], { drain: hook('drain-stopped') });
    bench.host(document);
    let began: () => void = () => {};
    const isDraining = new Promise<void>((resolve) => {
      began = resolve;
    });
    let end: (error: Error) => void = () => {};
    bench.hooks.set('drain-stopped', () => {
      began();
      return new Promise((_, reject) => {
        end = reject;
      });
    });
    await startRollout(bench.client, document);
    await isDraining;
    const stopping = bench.rest();
    end(canceled());
    await stopping;
    bench.hooks.delete('drain-stopped');
    await bench.work();
    const status = await bench.ended('left');
    expect(status.outcomes).toMatchObject({ done: 1, failed: 0 });
  });

  test('a notify hook that does not end keeps no order from being followed', { timeout: TIMEOUT }, async () => {
    const document = documentOver('told', [2], { notify: hook('tell'), blockers: [hook('hold')] });
    bench.host(document);
    const told: string[] = [];
    let go: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    bench.hooks.set('tell', async ({ stdin = new Uint8Array() }) => {
      told.push(JSON.parse(Buffer.from(stdin).toString()).event);
      await gone;
      return told.length === 1 ? 1 : 0;
    });
    bench.hooks.set('hold', async () => 1);
    await startRollout(bench.client, document);
    await bench.until('told', ({ hosts }) =>
      hosts.some((host) => host.state === 'running' && host.phase !== 'inspect'),
    );
    await orderRollout(bench.client, 'told', { kind: 'abort', why: 'no' });
    await bench.until('told', ({ outcomes }) => outcomes.undone === 2);
    expect(told).toEqual(['wave-begins']);
    go();
    const status = await bench.ended('told');
    expect(status.state).toBe('stopped');
    expect(told).toEqual(['wave-begins', 'order', 'wave-ends', 'rollout-ends']);
  });

  test('a host that a rollout has committed, and whose database does not know of it, is found where it is', {
    timeout: TIMEOUT,
  }, async () => {
    const document = documentOver('restored', [2], { drain: hook('no-drain') });
    const [there, dead] = [new FakeHost(), new FakeHost({ release: 'old' })];
    for (const host of [there, dead]) {
      host.isLoaded = true;
      host.reboot('restored');
    }
    bench.host(document, { w0h0: there, w0h1: dead });
    let drains = 0;
    bench.hooks.set('no-drain', async () => {
      drains++;
      return 0;
    });
    await startRollout(bench.client, document);
    const status = await bench.ended('restored');
    expect(status.hosts).toMatchObject([
      { result: { outcome: 'done', bootBefore: 'w0h0-boot-1', bootAfter: 'w0h0-boot-2' } },
      { result: { outcome: 'lost', trouble: { code: 'ESTALE' } } },
    ]);
    expect(drains).toBe(0);
    expect(checkStatus(status, document)).toEqual([]);
  });

  test('two rollouts do not go over one host at once', { timeout: TIMEOUT }, async () => {
    const first = documentOver('first', [2], { windows: [...FRIDAY] });
    bench.host(first);
    await startRollout(bench.client, first);
    await expect(startRollout(bench.client, first)).rejects.toMatchObject({ code: 'EEXIST' });
    const second = documentOver('second', [1]);
    await expect(startRollout(bench.client, second)).rejects.toMatchObject({ code: 'EBUSY', value: 'first' });
    await orderRollout(bench.client, 'first', { kind: 'abort', why: 'enough' });
    await bench.ended('first');
    await startRollout(bench.client, second);
    expect((await bench.ended('second')).outcomes.done).toBe(1);
  });

  test('a clock that is behind does not make a rollout end before it starts', { timeout: TIMEOUT }, async () => {
    const behind = { ...bench.clock, now: () => 0 };
    const status = await statusOf(bench.client, 'second', behind);
    expect(checkStatus(status)).toEqual([]);
    expect(status.now).toBe(status.ended);
  });

  test.each([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])('a budget of %s is no order', async (failureBudget) => {
    await expect(orderRollout(bench.client, 'second', { kind: 'resume', failureBudget })).rejects.toMatchObject({
      code: 'EINVAL',
    });
  });

  test('hosts stand in the order of the document, whatever their waves', { timeout: TIMEOUT }, async () => {
    const planned = documentOver('order', [120, 1], { concurrency: 40 });
    const document = { ...planned, hosts: [...planned.hosts].reverse() };
    bench.host(document);
    await startRollout(bench.client, document);
    const status = await bench.ended('order');
    expect(checkStatus(status, document)).toEqual([]);
    expect(status.outcomes.done).toBe(121);
  });

  test('a wave that has spent its own budget closes the gate', { timeout: TIMEOUT }, async () => {
    const document = documentOver('spent', [8, 1], { failureBudget: 8, health: hook('ill'), healthWithinMs: 1 });
    const waves = document.waves.map((wave) => ({ ...wave, failureBudget: 0, concurrency: 1 }));
    bench.host(document);
    bench.hooks.set('ill', async () => 1);
    await startRollout(bench.client, { ...document, waves });
    const status = await bench.ended('spent');
    expect(status).toMatchObject({ state: 'stopped', gate: { state: 'spent' } });
    // The gates of the hosts are closed, not only that of the next wave.
    expect(status.outcomes.failed).toBeLessThanOrEqual(2);
  });

  test('a wave waits until the one before it has soaked, and an abort does not', { timeout: TIMEOUT }, async () => {
    const planned = documentOver('soaked', [1, 1, 1]);
    const soaks = [HOUR, 240 * HOUR, 0];
    const document = { ...planned, waves: planned.waves.map((wave, at) => ({ ...wave, soakMs: soaks[at] ?? 0 })) };
    bench.host(document);
    await startRollout(bench.client, document);
    await bench.until('soaked', ({ waves }) => waves[1]?.state === 'soaking');
    await orderRollout(bench.client, 'soaked', { kind: 'abort', why: 'enough' });
    const { state, outcomes, hosts } = await bench.ended('soaked');
    expect({ state, done: outcomes.done, skipped: outcomes.skipped }).toEqual({
      state: 'stopped',
      done: 2,
      skipped: 1,
    });
    const [first, second] = hosts.map((host) => (host.state === 'ended' ? host.result.times : []));
    const waited = (second?.[0]?.start ?? 0) - (first?.at(-1)?.end ?? 0);
    expect(waited).toBeGreaterThanOrEqual(HOUR);
  });

  test('no more hosts of a wave are under way at once than may be', { timeout: TIMEOUT }, async () => {
    const document = documentOver('at-once', [9], { drain: hook('count'), concurrency: 2 });
    bench.host(document);
    let [underWay, most] = [0, 0];
    bench.hooks.set('count', async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 300));
      underWay--;
      return 0;
    });
    await startRollout(bench.client, document);
    const status = await bench.ended('at-once');
    expect({ done: status.outcomes.done, most }).toEqual({ done: 9, most: 2 });
  });
});
