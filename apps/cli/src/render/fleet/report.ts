import { checkStatus, type Distribution, downtimesOf, resultsOf } from '@kexeckit/rollout';
import type { View } from '../../commands/command.ts';
import type { Reported } from '../../commands/fleet/report.ts';
import { EXIT } from '../../exit-code.ts';
import type { FleetReportJson } from '../../json/fleet.ts';
import type { Written } from '../../options/destination.ts';
import { size } from '../format.ts';
import type { Page } from '../page.ts';
import { inLine } from '../printable.ts';
import { paragraph } from '../table.ts';
import { fleetStatusView, statusLines } from './status.ts';
import { durationWords, plural } from './words.ts';

/** What became of a rollout. */
export const fleetReportView: View<Reported, FleetReportJson> = {
  text: (reported, page) => `${linesOf(reported, page).join('\n')}\n`,
  json: jsonOf,
  problem: (reported) => faultsOf(reported)[0],
  exitCode: (reported) =>
    faultsOf(reported).length > 0 ? EXIT.trouble : (fleetStatusView.exitCode?.(reported.status) ?? EXIT.done),
};

const faultsOf = ({ status, document }: Reported): string[] => checkStatus(status, document).map(({ what }) => what);

function linesOf(reported: Reported, page: Page): string[] {
  const { status, html, prometheus } = reported;
  const away = downtimesOf(resultsOf(status));
  return [
    ...statusLines(status, page),
    '',
    paragraph(awayWords(away), page),
    ...[html, prometheus].flatMap((file) => (file === undefined ? [] : [writtenWords(file)])),
  ];
}

/** How long hosts were away: what too few of them tell is left out. */
function awayWords({ n, p50, p90, p99, most }: Distribution): string {
  if (n === 0 || most === undefined) return 'no host has come back';
  const told = Object.entries({ median: p50, p90, p99, most }).flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} ${durationWords(ms)}`],
  );
  return `${plural(n, 'host')} came back, away for ${told.join(', ')}`;
}

const writtenWords = ({ file, bytes }: Written): string => `${inLine(file)}: ${size(bytes)}`;

function jsonOf(reported: Reported): FleetReportJson {
  const { status, html, prometheus } = reported;
  const { bins: _, ...downtimeMs } = downtimesOf(resultsOf(status));
  const troubles = resultsOf(status).flatMap(({ host, wave, outcome, trouble }) =>
    outcome === 'done' ? [] : [{ host, wave, outcome, trouble }],
  );
  return {
    id: status.id,
    state: status.state,
    outcomes: { ...status.outcomes },
    downtimeMs,
    troubles,
    faults: faultsOf(reported),
    html,
    prometheus,
    totals: { hosts: status.hosts.length, troubles: troubles.length },
  };
}
