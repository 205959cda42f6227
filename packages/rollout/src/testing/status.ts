import type { PlannedHost, RolloutDocument } from '../plan/document.ts';
import type { HostResult, Outcome, TroubleCode } from '../status/outcome.ts';
import type { HostState, RolloutStatus } from '../status/status.ts';
import { countOutcomes, resultsOf } from '../status/summary.ts';

export const STARTED: number = Date.UTC(2026, 2, 7, 0, 30);

/** A host that ended so: away for 30 s and a little more for each after it. */
export function resultOf({ name }: Pick<PlannedHost, 'name'>, wave: string, outcome: Outcome, at = 0): HostResult {
  const base = { host: name, wave, attempt: 1, outcome };
  if (outcome === 'skipped') return { ...base, times: [] };
  const inspected = [{ phase: 'inspect', start: STARTED + at, end: STARTED + at + 500 }] as const;
  const trouble = (phase: 'inspect' | 'return' | 'health', code: TroubleCode, what: string) => ({
    phase,
    code,
    what,
    hint: 'look at it',
  });
  if (outcome === 'refused')
    return { ...base, times: inspected, trouble: trouble('inspect', 'ESTALE', 'it has other memory') };
  if (outcome === 'undone' || outcome === 'deferred') return { ...base, times: inspected };
  const downtimeMs = 30_000 + (at % 1000) * 20;
  const start = STARTED + at + 1000;
  const committed = {
    ...base,
    bootBefore: `a-${name}`,
    times: [
      ...inspected,
      { phase: 'commit', start: start - 100, end: start },
      { phase: 'return', start, end: start + downtimeMs },
    ],
  } as const;
  if (outcome === 'lost')
    return {
      ...committed,
      trouble: trouble('return', 'ETIMEDOUT', 'it did not come back within 15m'),
      console: ['[    3.1] Kernel panic', 'not syncing'],
    };
  const back = { ...committed, bootAfter: `b-${name}`, kernelAfter: '6.12.9-arm64', downtimeMs };
  return outcome === 'failed' ? { ...back, trouble: trouble('health', 'EIO', 'systemctl: exit code 1') } : back;
}

/** A rollout as it stands when each host ended as `outcomeOf` says; all of it done where that is left out. */
export function statusOf(document: RolloutDocument, outcomeOf: (at: number) => Outcome = () => 'done'): RolloutStatus {
  const waveOf = new Map(document.waves.flatMap(({ name, hosts }) => hosts.map((host) => [host, name] as const)));
  const hosts = document.hosts.map((host, at): HostState => {
    const wave = waveOf.get(host.name) ?? '';
    return { host: host.name, wave, state: 'ended', result: resultOf(host, wave, outcomeOf(at), at) };
  });
  return {
    format: 'kexeckit-rollout-status/1',
    id: document.id,
    state: 'finished',
    gate: { state: 'open' },
    now: STARTED + 7_200_000,
    started: STARTED,
    ended: STARTED + 7_000_000,
    failureBudget: document.failureBudget,
    waves: document.waves.map(({ name, hosts: its }) => ({ name, state: 'ended', hosts: its.length })),
    outcomes: countOutcomes(resultsOf({ hosts })),
    hosts,
  };
}
