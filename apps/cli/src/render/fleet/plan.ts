import { formatDuration } from '@kexeckit/rollout';
import type { View } from '../../commands/command.ts';
import type { PlannedRollout } from '../../commands/fleet/plan.ts';
import type { FleetPlanJson } from '../../json/fleet.ts';
import { count } from '../format.ts';
import { BELOW, heading } from '../heading.ts';
import type { Page } from '../page.ts';
import { inLine } from '../printable.ts';
import { type Column, layOutTable, paragraph } from '../table.ts';
import { plural } from './words.ts';

const left = (name: string): Column => ({ heading: name, align: 'left' });
const right = (name: string): Column => ({ heading: name, align: 'right' });

const CLASSES = [left('class'), left('strategy'), right('hosts'), right('checks'), right('rehearsals')];
const WAVES = [left('wave'), right('hosts'), right('at once'), right('failures accepted'), right('soak')];
const LEFT = [left('left out'), left('why')];
/** Hosts that are told of one by one. */
const LEFT_MOST = 20;
/** Of a key, enough to tell classes apart. */
const KEY = 12;

/** What was planned. */
export const fleetPlanView: View<PlannedRollout, FleetPlanJson> = {
  text: (planned, page) => `${linesOf(planned, page).join('\n')}\n`,
  json: jsonOf,
  problem: ({ document: { left: out } }) =>
    out.length === 0
      ? undefined
      : `${plural(out.length, 'host')} of the inventory ${out.length === 1 ? 'takes' : 'take'} no part`,
};

function linesOf({ document, written }: PlannedRollout, page: Page): string[] {
  const { id, next, hosts, classes, waves, failureBudget, left: out } = document;
  const lines = [
    heading(
      `rollout ${id} of ${inLine(next.release)} over ${plural(hosts.length, 'host')}, ${count(failureBudget)} failed or lost accepted`,
      page,
    ),
    paragraph(
      `written to ${inLine(written.file)}; go on: ${page.asCalled(`kexeckit fleet run ${inLine(written.file)}`)}`,
      page,
      BELOW,
    ),
    '',
    layOutTable(
      CLASSES,
      classes.map(({ key, strategy, hosts: of, proof }) => [
        key.slice(0, KEY),
        strategy,
        count(of),
        count(proof.checks),
        count(proof.rehearsals),
      ]),
      page,
    ),
    layOutTable(
      WAVES,
      waves.map((wave) => [
        inLine(wave.name),
        count(wave.hosts.length),
        count(wave.concurrency),
        count(wave.failureBudget),
        formatDuration(wave.soakMs),
      ]),
      page,
    ).trimEnd(),
  ];
  if (out.length === 0) return lines;
  const rows = out.slice(0, LEFT_MOST).map(({ host, why }) => [host, inLine(why)]);
  const more =
    out.length > rows.length
      ? [`  and ${count(out.length - rows.length)} more, which ${inLine(written.file)} names`]
      : [];
  return [...lines, '', layOutTable(LEFT, rows, page).trimEnd(), ...more];
}

function jsonOf({ document, written }: PlannedRollout): FleetPlanJson {
  const { id, next, hosts, classes, waves, failureBudget, left: out } = document;
  return {
    id,
    release: next.release,
    file: written,
    classes: classes.map(({ key, strategy, hosts: of, proof, plan }) => ({
      key,
      strategy,
      hosts: of,
      ...proof,
      plan: plan.path,
    })),
    waves: waves.map(({ soakMs, hosts: of, ...wave }) => ({ ...wave, hosts: of.length, soakSeconds: soakMs / 1000 })),
    left: out,
    totals: { hosts: hosts.length, left: out.length, failureBudget },
  };
}
