import type { HostEntry } from '../inventory/host.ts';
import { parseSelector, selects } from '../inventory/selector.ts';
import { REST_WAVE } from '../policy/check-policy.ts';
import type { RolloutPolicy, WavePolicy } from '../policy/policy.ts';
import { amountOf } from '../policy/share.ts';
import { refusal } from '../text/fields.ts';
import { shown } from '../text/shown.ts';
import type { PlannedWave, RolloutDocument } from './document.ts';

/** The waves of a rollout, and how many of its hosts may fail. */
export type PlannedWaves = Pick<RolloutDocument, 'waves' | 'failureBudget'>;

/**
 * Hosts into waves, each host into exactly one: the first that it fits and that has room for it, else the last one, `rest`. Within a wave
 * hosts are in the order of the inventory, of which `take` takes the first. A wave is left out where all hosts that fit it went before it.
 *
 * @param hosts those that take part.
 * @param policy as `readPolicy` gives it.
 * @throws RolloutError `EINVAL` where there is no host, and for a wave that no host fits: else a slip in a selector would leave out a canary.
 */
export function planWaves(hosts: readonly HostEntry[], policy: RolloutPolicy): PlannedWaves {
  if (hosts.length === 0) throw refusal('hosts', 'none takes part', 'look at why each was left');
  const failureBudget = amountOf(policy.failureBudget, hosts.length, 'down');
  const waves: PlannedWave[] = [];
  let free = hosts;
  for (const [at, wave] of policy.waves.entries()) {
    const { taken, left } = takeFor(wave, free);
    if (taken.length > 0) waves.push(planned(wave, taken, policy, failureBudget));
    else checkFits(wave, hosts, `waves[${at}].select`);
    free = left;
  }
  if (free.length > 0) waves.push(planned({ name: REST_WAVE, select: '' }, free, policy, failureBudget));
  return { waves, failureBudget };
}

/** Hosts that go with a wave, and those that go on. A share is of the hosts that fit and went with none before, rounded up. */
function takeFor(wave: WavePolicy, free: readonly HostEntry[]): { taken: HostEntry[]; left: HostEntry[] } {
  const selector = parseSelector(wave.select);
  const fits = free.map((host) => selects(selector, host));
  const fitting = fits.filter(Boolean).length;
  const room = wave.take === undefined ? fitting : amountOf(wave.take, fitting, 'up');
  const taken: HostEntry[] = [];
  const left: HostEntry[] = [];
  for (const [at, host] of free.entries()) {
    if (fits[at] === true && taken.length < room) taken.push(host);
    else left.push(host);
  }
  return { taken, left };
}

function checkFits(wave: WavePolicy, hosts: readonly HostEntry[], where: string): void {
  const selector = parseSelector(wave.select);
  if (hosts.some((host) => selects(selector, host))) return;
  const hint = 'look for a slip in the selector or the labels, or leave the wave out';
  throw refusal(where, `no host fits ${shown(wave.select)}`, hint, wave.select);
}

/** A share of failures is of the wave's own hosts where the wave has one, rounded down; else the whole rollout's number stands. */
function planned(
  wave: WavePolicy,
  hosts: readonly HostEntry[],
  policy: RolloutPolicy,
  failureBudget: number,
): PlannedWave {
  return {
    name: wave.name,
    concurrency: wave.concurrency ?? policy.concurrency,
    failureBudget:
      wave.failureBudget === undefined ? failureBudget : amountOf(wave.failureBudget, hosts.length, 'down'),
    soakMs: wave.soakMs ?? 0,
    hosts: hosts.map(({ name }) => name),
  };
}
