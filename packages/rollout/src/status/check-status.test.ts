import { describe, expect, test } from 'vitest';
import { rolloutOf } from '../testing/rollout.ts';
import { resultOf, STARTED, statusOf } from '../testing/status.ts';
import { checkStatus } from './check-status.ts';
import type { HostResult, Outcome } from './outcome.ts';
import type { HostState, RolloutStatus } from './status.ts';

const document = rolloutOf(100);
const good = statusOf(document, (at) => (at < 3 ? 'failed' : 'done'));
const say = (status: RolloutStatus): string[] =>
  checkStatus(status, document).map(({ code, what }) => `${code}: ${what}`);

/** The status with the host at 5, which is done, changed. */
function withHost(change: (host: HostState & { state: 'ended' }) => HostState): RolloutStatus {
  return { ...good, hosts: good.hosts.map((host, at) => (at === 5 && host.state === 'ended' ? change(host) : host)) };
}
const withResult = (change: Partial<HostResult>): RolloutStatus =>
  withHost((host) => ({ ...host, result: { ...host.result, ...change } }));

describe('a status', () => {
  test('adds up, with and without its document', () => {
    expect(checkStatus(good, document)).toEqual([]);
    expect(checkStatus(good)).toEqual([]);
  });

  test('adds up while it runs', () => {
    const running: RolloutStatus = {
      ...good,
      state: 'running',
      ended: undefined,
      waves: [
        { name: 'canary', state: 'soaking', hosts: 1 },
        { name: 'rest', state: 'running', hosts: 99 },
      ],
      outcomes: { done: 0, refused: 0, failed: 2, lost: 0, undone: 0, skipped: 0, deferred: 1 },
      hosts: good.hosts.map((host, at): HostState => {
        const { host: name, wave } = host;
        if (at < 2) return host;
        if (at === 2) return { host: name, wave, state: 'ended', result: resultOf({ name }, wave, 'deferred') };
        return at < 5
          ? { host: name, wave, state: 'running', phase: 'drain', since: STARTED }
          : { host: name, wave, state: 'waiting' };
      }),
    };
    expect(checkStatus(running, document)).toEqual([]);
    expect(
      say({
        ...running,
        waves: [
          { name: 'canary', state: 'ended', hosts: 1 },
          { name: 'rest', state: 'waiting', hosts: 99 },
        ],
      })[0],
    ).toBe('waves: the wave "rest" is waiting, and "web-1" ended');
    expect(say({ ...running, ended: STARTED })).toEqual(['state: it runs, and has ended']);
    expect(say({ ...running, state: 'finished', ended: STARTED })).toContain(
      'state: it is finished, and "web-3" running',
    );
    expect(say({ ...running, state: 'finished', ended: STARTED })).toContain(
      'state: it is finished, and "web-2" still deferred',
    );
  });

  test('adds up where it was stopped and later waves were skipped', () => {
    const stopped: RolloutStatus = {
      ...statusOf(document, (at) => (at === 0 ? 'lost' : 'skipped')),
      state: 'stopped',
      gate: { state: 'spent', why: 'one host was lost' },
      waves: [
        { name: 'canary', state: 'ended', hosts: 1 },
        { name: 'rest', state: 'waiting', hosts: 99 },
      ],
    };
    expect(checkStatus(stopped, document)).toEqual([]);
    expect(say({ ...stopped, state: 'finished' })).toContain('state: it is finished, and "web-1" was skipped');
  });

  test.each<[string, RolloutStatus, string]>([
    [
      'a wrong count',
      { ...good, outcomes: { ...good.outcomes, done: 98 } },
      'outcomes: 98 are said to be done, and 97 are',
    ],
    [
      'a host that is missing',
      { ...good, hosts: good.hosts.slice(1) },
      'waves: the wave "canary" says 1 hosts, and has 0',
    ],
    [
      'a host that is there twice',
      { ...good, hosts: [...good.hosts, ...good.hosts.slice(0, 1)] },
      'hosts: "web-0" is there twice',
    ],
    ['a host too many', { ...good, hosts: [...good.hosts, ...good.hosts.slice(0, 1)] }, 'hosts: 101 hosts, of 100'],
    ['another order', { ...good, hosts: good.hosts.toReversed() }, 'hosts: "web-0" is not in its place'],
    ['another rollout', { ...good, id: 'x' }, 'hosts: it is of the rollout "x"'],
    [
      'a wave that is not there',
      withHost((host) => ({ ...host, wave: 'x' })),
      'waves: "web-5" is of the wave "x", which there is not',
    ],
    ['another wave', withHost((host) => ({ ...host, wave: 'canary' })), 'waves: "web-5" is not in its wave'],
    ['two waves of one name', { ...good, waves: [...good.waves, ...good.waves] }, 'waves: two waves have one name'],
    [
      'a host that still waits',
      withHost(({ host, wave }) => ({ host, wave, state: 'waiting' })),
      'state: it is finished, and "web-5" waiting',
    ],
    [
      'the same, by its wave',
      withHost(({ host, wave }) => ({ host, wave, state: 'waiting' })),
      'waves: the wave "rest" is ended, and "web-5" waiting',
    ],
    ['no end', { ...good, ended: undefined }, 'times: it is finished, and does not say since when'],
    ['an end before the start', { ...good, ended: STARTED - 1 }, 'times: the rollout ends before it starts'],
    ['the result of another', withResult({ host: 'web-6' }), 'result: "web-5": this is the result of "web-6"'],
    ['a result of another wave', withResult({ wave: 'canary' }), 'result: "web-5": its result is of the wave "canary"'],
    ['no reason', withResult({ outcome: 'lost' }), 'result: "web-5": it is lost, and nothing says why'],
    [
      'done with trouble',
      withResult({ trouble: { phase: 'drain', code: 'EIO', what: '', hint: '' } }),
      'result: "web-5": it is done, with EIO',
    ],
    ['one boot', withResult({ bootAfter: 'a-web-5' }), 'result: "web-5": it is done, and was not rebooted'],
    ['skipped, and away', withResult({ outcome: 'skipped' }), 'result: "web-5": it is skipped, and was away'],
    ['skipped, with times', withResult({ outcome: 'skipped' }), 'result: "web-5": it was skipped, and has times'],
    ['a negative downtime', withResult({ downtimeMs: -1 }), 'times: "web-5": it was away for -1 ms'],
    ['no number', withResult({ downtimeMs: Number.NaN }), 'times: "web-5": it was away for NaN ms'],
    [
      'a step that ends before it begins',
      withResult({ times: [{ phase: 'drain', start: 2, end: 1 }] }),
      'times: "web-5": drain ends before it begins',
    ],
    [
      'a step in the future that is not its last',
      withResult({
        times: [
          { phase: 'stage', start: 1, end: 8e15 },
          { phase: 'drain', start: 2, end: 3 },
        ],
      }),
      'times: "web-5": it tells of what comes after its status',
    ],
    [
      'a wave that goes on',
      { ...good, waves: good.waves.map((wave) => ({ ...wave, state: 'soaking' as const })) },
      'state: it is finished, and the wave "canary" soaking',
    ],
    [
      'a step that ends in the future',
      withResult({ times: [{ phase: 'drain', start: 1, end: 8e15 }] }),
      'times: "web-5": it tells of what comes after its status',
    ],
    [
      'steps in another order',
      withResult({
        times: [
          { phase: 'commit', start: 1, end: 2 },
          { phase: 'drain', start: 3, end: 4 },
        ],
      }),
      'times: "web-5": drain is not in its place',
    ],
  ])('with %s does not add up', (_, status, says) => {
    expect(say(status)).toContain(says);
  });

  test('has as many failures as budget and concurrency allow, and no more', () => {
    // 3 % of 100, and 10 at once.
    const failing = (count: number): RolloutStatus =>
      statusOf(document, (at): Outcome => (at < count ? (at % 2 ? 'lost' : 'failed') : 'done'));
    expect(say(failing(13))).toEqual([]);
    expect(say(failing(14))).toEqual(['budget: 14 hosts failed or were lost: 3 may, and 10 more that were under way']);
    expect(say({ ...failing(14), failureBudget: 4 }), 'with a budget that was raised').toEqual([]);
    expect(say({ ...failing(14), highestBudget: 4 }), 'and lowered again').toEqual([]);
  });

  test('tells the first hundred faults of a kind', () => {
    const large = rolloutOf(300);
    const status = statusOf(large);
    const hosts = status.hosts.map(({ host, wave }): HostState => ({ host, wave, state: 'waiting' }));
    expect(checkStatus({ ...status, hosts }, large).filter(({ code }) => code === 'state')).toHaveLength(100);
  });
});
