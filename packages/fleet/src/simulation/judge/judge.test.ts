import type { HostResult, Outcome, RolloutDocument } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootFiles, DirectFarm, documentFor } from '../../testing/direct-farm.ts';
import { honestRollout } from '../../testing/honest-rollout.ts';
import { fateKinds, inEveryPhase, outcomesOf } from '../fates.ts';
import type { LedgerEntry } from '../ledger.ts';
import { type Evidence, judge } from './judge.ts';
import type { Rule } from './violation.ts';

const boot = bootFiles('6.12.0-next');
afterAll(() => boot.remove());

async function rolledOut(farm: DirectFarm): Promise<Evidence> {
  const document = documentFor(farm.farm, boot);
  const results = await honestRollout(farm, document);
  farm.farm.settle(farm.now + 1e9);
  return { document, results, ledger: farm.farm.ledger.entries };
}

const rules = (evidence: Evidence): Rule[] => [...new Set(judge(evidence).map(({ rule }) => rule))];

describe('a rollout that keeps the rules', () => {
  const seed = 5;
  const fates = { shares: inEveryPhase(0.3) };
  let evidence: Evidence;
  beforeAll(async () => {
    evidence = await rolledOut(new DirectFarm({ seed, hosts: 400, fates }));
  });

  test('is found without fault, whatever befalls its hosts', () => {
    expect(judge({ ...evidence, fates: { seed, policy: fates } })).toEqual([]);
  });

  test('ends in every way that a host can end without being stopped', () => {
    const ways = new Set(evidence.results.map(({ outcome }) => outcome));
    expect([...ways].sort()).toEqual(['done', 'failed', 'lost', 'refused']);
  });

  test('a result that the fate does not explain is found', () => {
    const good = { seed, policy: { shares: {} } };
    const found = judge({ ...evidence, fates: good });
    expect(found.length).toBe(evidence.results.filter(({ outcome }) => outcome !== 'done').length);
    expect(found.every(({ rule }) => rule === 'unexplained')).toBe(true);
  });
});

test.each(fateKinds)('a host of the fate %s ends as it says', async (kind) => {
  const farm = new DirectFarm({ hosts: 1, fates: { hosts: { 'host-0': [kind] } } });
  const evidence = await rolledOut(farm);
  const [result] = evidence.results;
  expect(outcomesOf(new Set([kind]))).toContain(result?.outcome);
  expect(judge(evidence)).toEqual([]);
});

describe('every rule that is broken is found', () => {
  let good: Evidence;
  const last = 'host-3';
  beforeAll(async () => {
    // host-0 is the first wave.
    const hosts = { 'host-1': ['load-fails'], 'host-2': ['panics'] } as const;
    good = await rolledOut(new DirectFarm({ hosts: 5, fates: { hosts } }));
    expect(judge(good)).toEqual([]);
  });

  /** The entries of a host of one kind. */
  const of = (host: string, event: LedgerEntry['event']): LedgerEntry[] =>
    good.ledger.filter((entry) => entry.event === event && 'host' in entry && entry.host === host);

  /** An entry, right after another one. */
  const after = (entry: LedgerEntry | undefined, more: LedgerEntry): LedgerEntry[] =>
    good.ledger.flatMap((each) => (each === entry ? [each, more] : [each]));

  const without = (entries: readonly LedgerEntry[]): LedgerEntry[] =>
    good.ledger.filter((each) => !entries.includes(each));

  const told = (host: string, change: Partial<HostResult>): HostResult[] =>
    good.results.map((result) => (result.host === host ? { ...result, ...change } : result));

  const changed = (change: Partial<RolloutDocument>): RolloutDocument => ({ ...good.document, ...change });

  const at = (host: string, event: LedgerEntry['event']): number => of(host, event)[0]?.at ?? Number.NaN;

  const planted: [Rule, string, () => Partial<Evidence>][] = [
    [
      'committed-twice',
      'a second commit',
      () => {
        const [commit] = of(last, 'commit');
        if (commit === undefined) return {};
        return { ledger: after(of(last, 'restore')[0], { ...commit, at: commit.at + 1e6 }) };
      },
    ],
    [
      'plan-of-another',
      'a plan of no class',
      () => ({
        ledger: good.ledger.map((entry) =>
          entry.event === 'commit' && entry.host === last ? { ...entry, plan: '/tmp/plan' } : entry,
        ),
      }),
    ],
    ['not-drained', 'no drain before a commit', () => ({ ledger: without(of(last, 'drain')) })],
    ['forgotten', 'a host without a result', () => ({ results: good.results.slice(1) })],
    [
      'forgotten',
      'a host that was deferred for ever',
      () => ({ results: told('host-1', { outcome: 'deferred', trouble: undefined }) }),
    ],
    ['told-twice', 'two results', () => ({ results: [...good.results, ...good.results.slice(0, 1)] })],
    [
      'told-twice',
      'a host that takes no part',
      () => ({
        results: [...good.results, ...good.results.slice(0, 1).map((result) => ({ ...result, host: 'stranger' }))],
      }),
    ],
    [
      'not-undone',
      'an image that stays loaded',
      () => ({
        ledger: [...good.ledger, { at: 1e9, host: 'host-1', event: 'load', plan: '/p', boot: 'b' }],
      }),
    ],
    ['not-undone', 'a host that stays drained', () => ({ ledger: without(of(last, 'restore')) })],
    [
      'not-undone',
      'a host that is drained again',
      () => ({
        ledger: [
          ...good.ledger,
          { at: 1e9, host: 'host-1', event: 'restore' },
          { at: 1e9, host: 'host-1', event: 'drain' },
        ],
      }),
    ],
    [
      'budget',
      'more failures than may be',
      () => ({
        document: changed({ failureBudget: 0, waves: good.document.waves.map((w) => ({ ...w, concurrency: 1 })) }),
      }),
    ],
    [
      'budget',
      'more failures of a wave than may be',
      () => ({ document: changed({ waves: good.document.waves.map((w) => ({ ...w, failureBudget: 0 })) }) }),
    ],
    [
      'commit-while-stopped',
      'a commit after an abort',
      () => ({ ledger: [...good.ledger, { at: at(last, 'commit') - 1, event: 'note', what: 'aborted' }] }),
    ],
    [
      'commit-while-stopped',
      'a commit during a pause',
      () => ({
        ledger: [
          ...good.ledger,
          { at: at(last, 'commit') - 5, event: 'note', what: 'paused' },
          { at: at(last, 'commit') + 5, event: 'note', what: 'resumed' },
        ],
      }),
    ],
    ['outside-window', 'a commit outside of all windows', () => ({ isInWindow: (host) => host !== last })],
    [
      'too-many-at-once',
      'more hosts on their way than may be',
      () => ({ document: changed({ waves: good.document.waves.map((w) => ({ ...w, concurrency: 0 })) }) }),
    ],
    [
      'wave-order',
      'waves in another order',
      () => ({ document: changed({ waves: [...good.document.waves].reverse() }) }),
    ],
    [
      'contradicts',
      'done without a commit',
      () => ({ ledger: without([...of(last, 'commit'), ...of(last, 'claim')]) }),
    ],
    ['contradicts', 'done without a return', () => ({ ledger: without(of(last, 'up')) })],
    [
      'contradicts',
      'done on another kernel',
      () => ({
        ledger: good.ledger.map((entry) =>
          entry.event === 'up' && entry.host === last ? { ...entry, release: 'old' } : entry,
        ),
      }),
    ],
    [
      'contradicts',
      'done on another machine',
      () => ({
        ledger: good.ledger.map((entry) =>
          entry.event === 'up' && entry.host === last ? { ...entry, machineId: 'another' } : entry,
        ),
      }),
    ],
    ['contradicts', 'another boot after', () => ({ results: told(last, { bootAfter: 'b' }) })],
    ['contradicts', 'another boot before', () => ({ results: told(last, { bootBefore: 'b' }) })],
    ['contradicts', 'another kernel after', () => ({ results: told(last, { kernelAfter: 'old' }) })],
    ['contradicts', 'lost, and back', () => ({ results: told(last, { outcome: 'lost' }) })],
    ['contradicts', 'lost, and never committed', () => ({ results: told('host-1', { outcome: 'lost' }) })],
    ['contradicts', 'refused, and committed', () => ({ results: told(last, { outcome: 'refused' }) })],
    ['contradicts', 'undone, and committed', () => ({ results: told(last, { outcome: 'undone' }) })],
    ['contradicts', 'skipped, and committed', () => ({ results: told(last, { outcome: 'skipped' }) })],
    [
      'contradicts',
      'failed before its commit, and committed',
      () => ({
        results: told(last, { outcome: 'failed', trouble: { phase: 'drain', code: 'EIO', what: '', hint: '' } }),
      }),
    ],
    [
      'contradicts',
      'failed its health, and never back',
      () => ({
        results: told('host-2', { outcome: 'failed', trouble: { phase: 'health', code: 'EIO', what: '', hint: '' } }),
      }),
    ],
    ['contradicts', 'failed for no reason', () => ({ results: told('host-1', { trouble: undefined }) })],
    [
      'contradicts',
      'a commit of a host that takes no part',
      () => ({
        document: changed({
          hosts: good.document.hosts.filter(({ name }) => name !== last),
          waves: good.document.waves.map((w) => ({ ...w, hosts: w.hosts.filter((name) => name !== last) })),
        }),
        results: good.results.filter(({ host }) => host !== last),
      }),
    ],
    [
      'sums',
      'a sum that is none',
      () => ({ outcomes: { done: 4, failed: 1, lost: 1 } satisfies Partial<Record<Outcome, number>> }),
    ],
  ];

  test.each(planted)('%s: %s', (rule, _, plant) => {
    expect(rules({ ...good, ...plant() })).toContain(rule);
  });

  test('the sums of the results are fine', () => {
    expect(judge({ ...good, outcomes: { done: 3, failed: 1, lost: 1 } })).toEqual([]);
  });

  test('who passes a pause and a window may be committed in them, and not after an abort', () => {
    const note = (what: string): LedgerEntry => ({ at: at(last, 'commit') - 1, event: 'note', what });
    const everybody = good.document.hosts.map(({ name }) => name);
    const pass = { bypassed: everybody, isInWindow: () => false };
    expect(judge({ ...good, ...pass, ledger: [...good.ledger, note('paused')] })).toEqual([]);
    expect(rules({ ...good, ...pass, ledger: [...good.ledger, note('aborted')] })).toEqual(['commit-while-stopped']);
  });

  test('a look at the gate just before it closed may still lead to a commit', () => {
    const note: LedgerEntry = { at: at('host-4', 'commit') - 3, event: 'note', what: 'aborted' };
    const ledger = [...good.ledger, note];
    expect(judge({ ...good, ledger, graceMs: 5 })).toEqual([]);
    expect(rules({ ...good, ledger, graceMs: 2 })).toEqual(['commit-while-stopped']);
  });

  test('a window that closes just after the look at it', () => {
    const end = at(last, 'commit') - 3;
    const isInWindow = (host: string, time: number): boolean => host !== last || time < end;
    expect(judge({ ...good, isInWindow, graceMs: 5 })).toEqual([]);
    expect(rules({ ...good, isInWindow, graceMs: 2 })).toEqual(['outside-window']);
  });

  test('a commit of who did not yet know that the budget was spent', () => {
    // host-2 is the second that fails; host-3 and host-4 are committed after it.
    const spent = { ...good, document: changed({ failureBudget: 1 }) };
    const [second] = good.results.filter(({ host }) => host === 'host-2').map(({ times }) => times.at(-1)?.end ?? 0);
    const after4 = at('host-4', 'commit') - (second ?? 0);
    expect(judge({ ...spent, knownWithinMs: after4 })).toEqual([]);
    expect(judge({ ...spent, knownWithinMs: after4 - 1 }).map(({ rule, host }) => [rule, host])).toEqual([
      ['budget', 'host-4'],
    ]);
    expect(judge({ ...spent, graceMs: after4 - 1 }).map(({ host }) => host)).toContain('host-4');
  });

  test('what nobody could reach need not be undone', () => {
    const ledger = without(of(last, 'restore'));
    const cut: LedgerEntry = { at: 1e9, host: last, event: 'cut', worker: 'w1' };
    expect(judge({ ...good, ledger: [...ledger, cut] })).toEqual([]);
  });
});
