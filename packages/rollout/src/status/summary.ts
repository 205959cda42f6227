import { type Distribution, distributionOf } from './distribution.ts';
import type { HostPhase, HostResult, Outcome } from './outcome.ts';
import type { HostState, RolloutStatus } from './status.ts';

/** How many hosts ended in each way. */
export function countOutcomes(results: Iterable<Pick<HostResult, 'outcome'>>): Record<Outcome, number> {
  const counts = { done: 0, refused: 0, failed: 0, lost: 0, undone: 0, skipped: 0, deferred: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

/** The results of the hosts that have ended. */
export function resultsOf({ hosts }: Pick<RolloutStatus, 'hosts'>): HostResult[] {
  const results: HostResult[] = [];
  for (const host of hosts) if (host.state === 'ended') results.push(host.result);
  return results;
}

/** What a host counts as: `waiting`, `running`, or how it ended. */
export type HostStanding = 'waiting' | 'running' | Outcome;

/** @see HostStanding */
export function standingOf(host: HostState): HostStanding {
  return host.state === 'ended' ? host.result.outcome : host.state;
}

/** How long hosts were away, in milliseconds: from the commit until they answered as the expected kernel. Hosts that did not are not in it. */
export function downtimesOf(results: readonly HostResult[]): Distribution {
  return distributionOf(results.map(({ downtimeMs }) => downtimeMs).filter((ms) => ms !== undefined));
}

/** How long each step took, in milliseconds, over the hosts that went through it, whether it ended well or not. */
export function phaseTimesOf(results: readonly HostResult[]): Record<HostPhase, Distribution> {
  const taken: Record<HostPhase, number[]> = {
    inspect: [],
    stage: [],
    drain: [],
    commit: [],
    return: [],
    health: [],
    evidence: [],
  };
  for (const { times } of results) for (const { phase, start, end } of times) taken[phase].push(end - start);
  return {
    inspect: distributionOf(taken.inspect),
    stage: distributionOf(taken.stage),
    drain: distributionOf(taken.drain),
    commit: distributionOf(taken.commit),
    return: distributionOf(taken.return),
    health: distributionOf(taken.health),
    evidence: distributionOf(taken.evidence),
  };
}
