import type { RolloutDocument } from '../plan/document.ts';
import { shown } from '../text/shown.ts';
import type { HostResult } from './outcome.ts';
import { hostPhases, outcomes } from './phases.ts';
import type { HostState, RolloutStatus } from './status.ts';
import { countOutcomes, resultsOf } from './summary.ts';

/**
 * What does not add up. `hosts` a host is there twice, or is not the rollout's · `outcomes` counts are not those of the hosts · `waves` a wave has
 * other hosts than it says, or stands otherwise than they do · `state` it has ended, and a host has not · `result` a host's result contradicts
 * itself · `times` something ends before it begins, or after the status was told · `budget` more hosts failed than can have by the rollout's
 * rule.
 */
export type StatusFaultCode = 'hosts' | 'outcomes' | 'waves' | 'state' | 'result' | 'times' | 'budget';

/** One thing that does not add up. */
export interface StatusFault {
  readonly code: StatusFaultCode;
  readonly what: string;
  readonly host?: string | undefined;
}

/** Faults that are told of each code: one cause may be behind a fault of each host. */
const FAULTS_MAX = 100;

/**
 * Whether the numbers of a status add up. Nothing is taken from its own counts: hosts are counted again.
 *
 * @param document the rollout that it is of: then its hosts, its waves and its budget are held against it.
 * @returns what does not add up, of each code the first hundred; none where all does.
 */
export function checkStatus(status: RolloutStatus, document?: RolloutDocument): readonly StatusFault[] {
  const faults: StatusFault[] = [
    ...hostFaults(status),
    ...outcomeFaults(status),
    ...waveFaults(status),
    ...stateFaults(status),
    ...momentFaults(status),
    ...status.hosts.flatMap((host) => (host.state === 'ended' ? resultFaults(host, host.result) : [])),
    ...(document === undefined ? [] : documentFaults(status, document)),
  ];
  const told = new Map<StatusFaultCode, number>();
  return faults.filter(({ code }) => {
    const count = (told.get(code) ?? 0) + 1;
    told.set(code, count);
    return count <= FAULTS_MAX;
  });
}

function hostFaults({ hosts }: RolloutStatus): StatusFault[] {
  const names = new Set<string>();
  return hosts.flatMap(({ host }): StatusFault[] => {
    const isTwice = names.has(host);
    names.add(host);
    return isTwice ? [{ code: 'hosts', host, what: `${shown(host)} is there twice` }] : [];
  });
}

function outcomeFaults(status: RolloutStatus): StatusFault[] {
  const counts = countOutcomes(resultsOf(status));
  return outcomes.flatMap((outcome): StatusFault[] => {
    const [told, counted] = [status.outcomes[outcome], counts[outcome]];
    return told === counted
      ? []
      : [{ code: 'outcomes', what: `${told} are said to be ${outcome}, and ${counted} are` }];
  });
}

function waveFaults({ hosts, waves, state }: RolloutStatus): StatusFault[] {
  const byWave = new Map<string, HostState[]>(waves.map(({ name }) => [name, []]));
  const faults: StatusFault[] = [];
  const say = (what: string, host?: string): void => void faults.push({ code: 'waves', what, host });
  if (byWave.size < waves.length) say('two waves have one name');
  for (const host of hosts) {
    const wave = byWave.get(host.wave);
    if (wave === undefined)
      say(`${shown(host.host)} is of the wave ${shown(host.wave)}, which there is not`, host.host);
    else wave.push(host);
  }
  for (const wave of waves) {
    const its = byWave.get(wave.name) ?? [];
    if (its.length !== wave.hosts) say(`the wave ${shown(wave.name)} says ${wave.hosts} hosts, and has ${its.length}`);
    for (const host of its) {
      if (fits(host, wave.state, state)) continue;
      say(`the wave ${shown(wave.name)} is ${wave.state}, and ${shown(host.host)} ${host.state}`, host.host);
    }
  }
  return faults;
}

/** Whether a host can stand as it does while its wave stands as it does. */
function fits(host: HostState, wave: RolloutStatus['waves'][number]['state'], state: RolloutStatus['state']): boolean {
  if (wave === 'running') return true;
  if (wave === 'waiting') {
    return (
      host.state === 'waiting' || (state === 'stopped' && host.state === 'ended' && host.result.outcome === 'skipped')
    );
  }
  return host.state === 'ended' && host.result.outcome !== 'deferred';
}

function stateFaults({ state, hosts, waves, started, now, ended }: RolloutStatus): StatusFault[] {
  const faults: StatusFault[] = [];
  if (now < started || (ended !== undefined && ended < started)) {
    faults.push({ code: 'times', what: 'the rollout ends before it starts' });
  }
  if (state === 'running') {
    if (ended !== undefined) faults.push({ code: 'state', what: 'it runs, and has ended' });
    return faults;
  }
  if (ended === undefined) faults.push({ code: 'times', what: `it is ${state}, and does not say since when` });
  if (state === 'finished')
    for (const { name, state: standing } of waves)
      if (standing !== 'ended')
        faults.push({ code: 'state', what: `it is finished, and the wave ${shown(name)} ${standing}` });
  for (const host of hosts) {
    const { host: name } = host;
    if (host.state !== 'ended')
      faults.push({ code: 'state', host: name, what: `it is ${state}, and ${shown(name)} ${host.state}` });
    else if (host.result.outcome === 'deferred') {
      faults.push({ code: 'state', host: name, what: `it is ${state}, and ${shown(name)} still deferred` });
    } else if (state === 'finished' && host.result.outcome === 'skipped') {
      faults.push({ code: 'state', host: name, what: `it is finished, and ${shown(name)} was skipped` });
    }
  }
  return faults;
}

/** What a host tells of itself. */
function momentsOf(host: HostState): readonly number[] {
  if (host.state === 'running') return [host.since];
  return host.state === 'ended' ? host.result.times.map(({ end }) => end) : [];
}

/** Nobody knows what comes later. */
function momentFaults({ hosts, now, ended }: RolloutStatus): StatusFault[] {
  const faults = hosts.flatMap((host): StatusFault[] => {
    if (momentsOf(host).every((moment) => moment <= now)) return [];
    return [{ code: 'times', host: host.host, what: `${shown(host.host)}: it tells of what comes after its status` }];
  });
  if (ended !== undefined && ended > now)
    faults.push({ code: 'times', what: 'the rollout has ended after its status was told' });
  return faults;
}

/** Outcomes of hosts that were not committed. */
const UNTOUCHED: readonly string[] = ['refused', 'undone', 'skipped', 'deferred'];

function resultFaults({ host, wave }: HostState, result: HostResult): StatusFault[] {
  const faults: StatusFault[] = [];
  const say = (code: StatusFaultCode, what: string): void =>
    void faults.push({ code, host, what: `${shown(host)}: ${what}` });
  const { outcome, trouble, times, downtimeMs, bootBefore, bootAfter } = result;
  if (result.host !== host) say('result', `this is the result of ${shown(result.host)}`);
  if (result.wave !== wave) say('result', `its result is of the wave ${shown(result.wave)}`);
  const isTroubled = outcome === 'refused' || outcome === 'failed' || outcome === 'lost';
  if (isTroubled && trouble === undefined) say('result', `it is ${outcome}, and nothing says why`);
  if (outcome === 'done' && trouble !== undefined && trouble.phase !== 'evidence')
    say('result', `it is done, with ${trouble.code}`);
  if (outcome === 'done' && bootBefore !== undefined && bootBefore === bootAfter)
    say('result', 'it is done, and was not rebooted');
  if (outcome === 'skipped' && times.length > 0) say('result', 'it was skipped, and has times');
  if (downtimeMs !== undefined && UNTOUCHED.includes(outcome)) say('result', `it is ${outcome}, and was away`);
  if (downtimeMs !== undefined && !(downtimeMs >= 0 && Number.isFinite(downtimeMs))) {
    say('times', `it was away for ${shown(downtimeMs)} ms`);
  }
  let before = -1;
  for (const { phase, start, end } of times) {
    if (!(Number.isFinite(start) && Number.isFinite(end) && start <= end))
      say('times', `${phase} ends before it begins`);
    const at = hostPhases.indexOf(phase);
    if (at <= before) say('times', `${phase} is not in its place`);
    before = at;
  }
  return faults;
}

function documentFaults(status: RolloutStatus, document: RolloutDocument): StatusFault[] {
  const faults: StatusFault[] = [];
  if (status.id !== document.id) faults.push({ code: 'hosts', what: `it is of the rollout ${shown(status.id)}` });
  const waveOf = new Map(document.waves.flatMap(({ name, hosts }) => hosts.map((host) => [host, name] as const)));
  for (const [at, { name }] of document.hosts.entries()) {
    const found = status.hosts[at];
    if (found?.host !== name) {
      faults.push({ code: 'hosts', host: name, what: `${shown(name)} is not in its place` });
    } else if (found.wave !== waveOf.get(name)) {
      faults.push({ code: 'waves', host: name, what: `${shown(name)} is not in its wave` });
    }
  }
  if (status.hosts.length > document.hosts.length) {
    faults.push({ code: 'hosts', what: `${status.hosts.length} hosts, of ${document.hosts.length}` });
  }
  const { failed, lost } = countOutcomes(resultsOf(status));
  const concurrency = Math.max(0, ...document.waves.map((wave) => wave.concurrency));
  // An operator may have set other budgets than the document's, and each may have held for some time.
  const budget = Math.max(status.failureBudget, status.highestBudget ?? 0, document.failureBudget);
  if (failed + lost > budget + concurrency) {
    const bound = `${budget} may, and ${concurrency} more that were under way`;
    faults.push({ code: 'budget', what: `${failed + lost} hosts failed or were lost: ${bound}` });
  }
  return faults;
}
