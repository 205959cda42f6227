import { type HostState, hostPhases, type RolloutStatus, standingOf } from '@kexeckit/rollout';
import type { View } from '../../commands/command.ts';
import type { LookedAt, RolloutList } from '../../commands/fleet/status.ts';
import { EXIT } from '../../exit-code.ts';
import type { FleetStatusJson, RolloutListJson } from '../../json/fleet.ts';
import { count } from '../format.ts';
import { BELOW, heading } from '../heading.ts';
import { type LongJson, longJson } from '../json.ts';
import type { Page } from '../page.ts';
import { inLine } from '../printable.ts';
import { type Column, layOutTable, paragraph } from '../table.ts';
import { durationWords, gateWords, plural, tookWords, troubleWords } from './words.ts';

const left = (name: string): Column => ({ heading: name, align: 'left' });
const right = (name: string): Column => ({ heading: name, align: 'right' });

/** How hosts of a wave are counted, in columns. */
const STANDINGS = ['waiting', 'running', 'done', 'refused', 'failed', 'lost', 'undone', 'skipped', 'deferred'] as const;
const WAVES = [left('wave'), left('state'), right('hosts'), ...STANDINGS.map(right)];
const TROUBLES = [left('host'), left('wave'), left('outcome'), left('phase'), left('why')];
const RUNNING = [left('running'), left('phase'), right('for')];
const LISTED = [left('rollout'), left('state'), left('ordered'), left('why')];
/** Hosts that are told of one by one. */
const HOSTS_MOST = 20;

/** How a rollout stands, or how it ended. */
export const fleetStatusView: View<RolloutStatus> = {
  text: (status, page) => `${statusLines(status, page).join('\n')}\n`,
  json: statusJson,
  exitCode: (status) => (isGood(status) ? EXIT.done : EXIT.no),
};

/** The same, or a list. */
export const statusOrListView: View<LookedAt> = {
  text: (looked, page) =>
    looked.kind === 'one' ? fleetStatusView.text(looked.status, page) : `${listText(looked.rollouts, page)}\n`,
  json: (looked) => (looked.kind === 'one' ? statusJson(looked.status) : listJson(looked.rollouts)),
  exitCode: (looked) => (looked.kind === 'all' || isGood(looked.status) ? EXIT.done : EXIT.no),
};

const isGood = ({ state, outcomes }: RolloutStatus): boolean =>
  state !== 'stopped' && outcomes.failed + outcomes.lost === 0;

/** A fleet may be too large for one text: hosts are written one after the other. */
function statusJson({ hosts, ...before }: RolloutStatus): LongJson {
  let done = 0;
  const items = function* (): Generator<FleetStatusJson['hosts'][number], void> {
    for (const host of hosts) {
      done += 1;
      yield host;
    }
  };
  return longJson({
    before,
    name: 'hosts',
    items: items(),
    stepOf: () => ({ done, total: hosts.length, unit: 'pages' }),
    after: () => ({}),
  });
}

/** For people: waves, then what is under way, then what went wrong. */
export function statusLines(status: RolloutStatus, page: Page): string[] {
  const { id, state, gate, outcomes, failureBudget } = status;
  const spent = outcomes.failed + outcomes.lost;
  const held = state === 'running' || gate.state !== 'open' ? `${gateWords(gate)}; ` : '';
  const lines = [
    heading(`rollout ${id} ${state === 'running' ? 'runs' : `is ${state}`}, after ${tookWords(status)}`, page),
    paragraph(`${held}${plural(spent, 'host')} failed or lost, ${count(failureBudget)} accepted`, page, BELOW),
    '',
    wavesText(status, page),
  ];
  return [...lines, ...runningLines(status, page), ...troubleLines(status, page)];
}

function wavesText({ waves, hosts }: RolloutStatus, page: Page): string {
  const counts = new Map<string, Map<string, number>>();
  for (const host of hosts) {
    const of = counts.get(host.wave) ?? new Map<string, number>();
    counts.set(host.wave, of);
    const standing = standingOf(host);
    of.set(standing, (of.get(standing) ?? 0) + 1);
  }
  // A column of nothing but zeros tells nothing.
  const shown = STANDINGS.filter((standing) => [...counts.values()].some((of) => (of.get(standing) ?? 0) > 0));
  const columns = WAVES.filter(({ heading: name }, at) => at < 3 || shown.some((standing) => standing === name));
  const rows = waves.map(({ name, state, hosts: all }) => [
    inLine(name),
    state,
    count(all),
    ...shown.map((standing) => count(counts.get(name)?.get(standing) ?? 0)),
  ]);
  return layOutTable(columns, rows, page).trimEnd();
}

function runningLines({ hosts, now }: RolloutStatus, page: Page): string[] {
  const running: Extract<HostState, { state: 'running' }>[] = [];
  for (const host of hosts) if (host.state === 'running') running.push(host);
  if (running.length === 0) return [];
  running.sort((a, b) => hostPhases.indexOf(b.phase) - hostPhases.indexOf(a.phase) || a.since - b.since);
  const rows = running.slice(0, HOSTS_MOST).map(({ host, phase, since }) => [host, phase, durationWords(now - since)]);
  return ['', layOutTable(RUNNING, rows, page).trimEnd(), ...more(running.length)];
}

function troubleLines({ hosts }: RolloutStatus, page: Page): string[] {
  const rows: string[][] = [];
  let all = 0;
  for (const host of hosts) {
    if (host.state !== 'ended' || host.result.trouble === undefined) continue;
    all += 1;
    if (rows.length >= HOSTS_MOST) continue;
    const { outcome, trouble } = host.result;
    rows.push([host.host, inLine(host.wave), outcome, trouble.phase, troubleWords(host.result)]);
  }
  return all === 0 ? [] : ['', layOutTable(TROUBLES, rows, page).trimEnd(), ...more(all)];
}

const more = (all: number): string[] =>
  all > HOSTS_MOST ? [`  and ${count(all - HOSTS_MOST)} more, which --json has`] : [];

function listText(rollouts: RolloutList, page: Page): string {
  if (rollouts.length === 0) return heading('there is no rollout', page);
  const rows = rollouts.map(({ id, state, ordered, why }) => [
    id,
    state,
    `${new Date(ordered).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    inLine(why ?? ''),
  ]);
  return layOutTable(LISTED, rows, page).trimEnd();
}

const listJson = (rollouts: RolloutList): RolloutListJson => ({
  rollouts,
  totals: { rollouts: rollouts.length },
});
