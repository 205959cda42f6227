import { checkStatus, countOutcomes, hostPhases, resultsOf } from '@kexeckit/rollout';
import { expect, test } from 'vitest';
import { exampleKind, makeExample } from './example.ts';

const large = makeExample(exampleKind('large'));
const steps = Array.from({ length: 9 }, (_, step) => step / 8);

test.each(['stopped', 'large'] as const)('the example "%s" adds up at every moment, and goes only forward', (name) => {
  const kind = exampleKind(name);
  const { at, length } = name === 'large' ? large : makeExample(kind);
  let before = -1;
  for (const share of steps) {
    const status = at(length * share);
    expect([share, checkStatus(status)]).toEqual([share, []]);
    expect(status.hosts).toHaveLength(kind.hosts);
    const ended = resultsOf(status).length;
    expect(ended).toBeGreaterThanOrEqual(before);
    before = ended;
  }
  expect(before).toBe(kind.hosts);
});

test('the example that is stopped is so by its budget: nothing begins afterwards, what was not committed is undone', () => {
  const kind = exampleKind('stopped');
  const { at, length } = makeExample(kind);
  const end = at(length);
  const { failed, lost, undone, skipped } = countOutcomes(resultsOf(end));
  expect(end.state).toBe('stopped');
  expect(failed + lost).toBeGreaterThan(kind.failureBudget);
  expect(failed + lost).toBeLessThanOrEqual(kind.failureBudget + 50);
  expect(undone).toBeGreaterThan(0);
  expect(skipped).toBeGreaterThan(0);
  const failures = resultsOf(end)
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'lost')
    .map(({ times }) => times.at(-1)?.end ?? 0)
    .sort((a, b) => a - b);
  const spent = failures[kind.failureBudget] ?? 0;
  const commits = resultsOf(end).flatMap(({ times }) => times.filter(({ phase }) => phase === 'commit'));
  expect(commits.length).toBeGreaterThan(0);
  expect(commits.filter(({ start }) => start >= spent)).toEqual([]);
  const begins = resultsOf(end).flatMap(({ times }) => times.slice(0, 1));
  expect(begins.filter(({ start }) => start >= spent)).toEqual([]);
});

test('no more hosts of a wave are under way at once than its concurrency lets', () => {
  for (const share of steps) {
    const { hosts } = large.at(large.length * share);
    const under = (wave: string): number =>
      hosts.filter((each) => each.wave === wave && each.state === 'running').length;
    expect(under('canary')).toBeLessThanOrEqual(10);
    expect(under('early')).toBeLessThanOrEqual(250);
    expect(under('rest')).toBeLessThanOrEqual(500);
  }
});

test('every phase is gone through, and each way to end is there', () => {
  const seen = new Set(
    steps.flatMap((share) =>
      large.at(large.length * share).hosts.map((host) => (host.state === 'running' ? host.phase : '')),
    ),
  );
  expect(hostPhases.filter((phase) => !seen.has(phase) && phase !== 'commit')).toEqual([]);
  const { done, refused, failed, lost } = countOutcomes(resultsOf(large.at(large.length)));
  for (const each of [done, refused, failed, lost]) expect(each).toBeGreaterThan(0);
});
