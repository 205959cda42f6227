import type { HostState, RolloutStatus } from '@kexeckit/rollout';
import { expect, test } from 'vitest';
import type { Io } from '../../io.ts';
import { plainPage } from '../page.ts';
import { eventsBetween, FleetProgress } from './progress.ts';

const NOW = Date.UTC(2030, 0, 1);
const waiting = (host: string, wave: string): HostState => ({ host, wave, state: 'waiting' });
const running = (host: string, wave: string): HostState => ({
  host,
  wave,
  state: 'running',
  phase: 'drain',
  since: NOW,
});
const done = (host: string, wave: string): HostState => ({
  host,
  wave,
  state: 'ended',
  result: { host, wave, attempt: 1, outcome: 'done', times: [], downtimeMs: 12_340 },
});
const lost = (host: string, wave: string): HostState => ({
  host,
  wave,
  state: 'ended',
  result: {
    host,
    wave,
    attempt: 1,
    outcome: 'lost',
    times: [],
    trouble: { phase: 'return', code: 'ETIMEDOUT', what: `\u001b[2Jit is gone\nwave x begins`, hint: '' },
  },
});

function statusOf(
  hosts: readonly HostState[],
  waves: readonly RolloutStatus['waves'][number]['state'][],
  more: Partial<RolloutStatus> = {},
): RolloutStatus {
  return {
    format: 'kexeckit-rollout-status/1',
    id: 'r1',
    state: 'running',
    gate: { state: 'open' },
    now: NOW,
    started: NOW,
    failureBudget: 1,
    waves: waves.map((state, at) => ({
      name: `w${at}`,
      state,
      hosts: hosts.filter(({ wave }) => wave === `w${at}`).length,
    })),
    outcomes: { done: 0, refused: 0, failed: 0, lost: 0, undone: 0, skipped: 0, deferred: 0 },
    hosts,
    ...more,
  };
}

const first = statusOf([running('a', 'w0'), waiting('b', 'w1'), waiting('c', 'w1')], ['running', 'waiting']);
const second = statusOf([done('a', 'w0'), lost('b', 'w1'), running('c', 'w1')], ['ended', 'running'], {
  gate: { state: 'paused', why: 'by\nhand' },
});
const texts = (before: RolloutStatus | undefined, after: RolloutStatus): string[] =>
  eventsBetween(before, after).map(({ text }) => text);

test('what happens is told once, wave by wave', () => {
  expect(texts(undefined, first)).toEqual(['wave w0 begins: 1 host']);
  expect(texts(first, first)).toEqual([]);
  expect(texts(first, second)).toEqual([
    'a done, away for 12.3 s',
    'wave w0 has ended',
    'wave w1 begins: 2 hosts',
    'b lost in return: ETIMEDOUT: \\x1b[2Jit is gone\\x0awave x begins',
    'paused: by\\x0ahand',
  ]);
  expect(texts(second, { ...second, gate: { state: 'open' }, state: 'finished' })).toEqual([
    'reboots may begin',
    'rollout r1 is finished',
  ]);
});

/** What is written there. */
function shownOn(isTerminal: boolean): string[] {
  const said: string[] = [];
  const io: Io = {
    out: () => {},
    err: (text) => void said.push(text),
    page: plainPage,
    errPage: plainPage,
    isTerminal,
  };
  const progress = new FleetProgress(io, first);
  progress.show(first);
  progress.show(second);
  progress.end();
  return said;
}

test('a pipe has a line for each event', () => {
  expect(shownOn(false).join('').split('\n').slice(0, -1)).toHaveLength(6);
});

test('a terminal has a line that is rewritten, and above it what an operator has to know', () => {
  const said = shownOn(true);
  expect(said.filter((text) => text.endsWith('\n'))).not.toContain('a done, away for 12.3 s\n');
  expect(said.filter((text) => text.endsWith('\n'))).toContain('wave w0 has ended\n');
  expect(said).toContain('w1 1/2; 0 done; paused; 1 running: c drain ...');
  expect(said.at(-1)).toBe('\r\u001b[K');
});
