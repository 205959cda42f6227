import type { RolloutDocument } from '../plan/document.ts';
import { formatDuration } from '../policy/duration.ts';
import { checkStatus } from '../status/check-status.ts';
import type { Distribution } from '../status/distribution.ts';
import { hostPhases } from '../status/phases.ts';
import type { HostState, RolloutStatus } from '../status/status.ts';
import { countOutcomes, downtimesOf, phaseTimesOf, resultsOf, standingOf } from '../status/summary.ts';
import { countText, hostsText, momentText, secondsText } from './format.ts';
import { heatMap, standings } from './heat-map.ts';
import { histogram } from './histogram.ts';
import { type Markup, markup } from './markup.ts';
import { REPORT_STYLE, REPORT_STYLE_SHA256 } from './style.ts';
import { troubleList } from './troubles.ts';

/**
 * A rollout as one HTML file: no script, nothing from elsewhere, and a policy in it that allows neither. What hosts said is text in it, and
 * cannot be more. Its numbers are counted from the hosts; where the status says others, the report says so.
 */
export function reportHtml(status: RolloutStatus, document: RolloutDocument): string {
  const title = `Rollout ${status.id}`;
  const policy = `default-src 'none'; style-src 'sha256-${REPORT_STYLE_SHA256}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${{ source: policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ source: REPORT_STYLE }}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="verdict">${verdict(status)}</p>
<p class="quiet">${momentText(status.started)} to ${momentText(status.ended ?? status.now)}, ${secondsText((status.ended ?? status.now) - status.started)}.</p>
</header>
<main>
${faultSection(status, document)}${mapSection(status)}${waveSection(status, document)}${downtimeSection(status)}${phaseSection(status)}
${section('Hosts in trouble', troubleList(resultsOf(status)))}
${planSection(document)}${leftSection(document)}
</main>
</body>
</html>
`.source;
}

const section = (title: string, body: Markup): Markup => markup`<section>
<h2>${title}</h2>
${body}
</section>
`;

const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Markup => markup`<div class="scroll" tabindex="0"><table>
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;

function verdict({ state, gate, hosts, failureBudget }: RolloutStatus): string {
  const counts = countOutcomes(resultsOf({ hosts }));
  const stands = { running: 'Running', finished: 'Finished', stopped: 'Stopped' }[state];
  const failures = `${countText(counts.failed + counts.lost)} failed or lost, ${countText(failureBudget)} accepted`;
  const why = gate.state === 'open' ? '' : ` The gate is ${gate.state}: ${gate.why}`;
  return `${stands}: ${countText(counts.done)} of ${countText(hosts.length)} hosts done; ${failures}.${why}`;
}

function faultSection(status: RolloutStatus, document: RolloutDocument): Markup {
  const faults = checkStatus(status, document);
  if (faults.length === 0) return markup``;
  const list = markup`<ul>${faults.map(({ code, what }) => markup`<li><code>${code}</code> ${what}</li>\n`)}</ul>`;
  return section('What does not add up', list);
}

function mapSection({ hosts, waves }: RolloutStatus): Markup {
  const counts = countsOf(hosts);
  const legend = standings
    .filter((standing) => (counts.get(standing) ?? 0) > 0)
    .map(
      (standing) =>
        markup`<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="${standing}" width="1" height="1"/></svg>${standing} ${countText(counts.get(standing) ?? 0)}</li>`,
    );
  const byWave = groupByWave(hosts);
  const maps = waves.map(({ name }) => {
    const its = byWave.get(name) ?? [];
    const title = `${name}: ${hostsText(its.length)}`;
    return markup`<h3>${title}</h3>${its.length === 0 ? markup`` : heatMap(its, title)}\n`;
  });
  return section('Hosts', markup`<ul class="legend">${legend}</ul>${maps}`);
}

function countsOf(hosts: readonly HostState[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const host of hosts) counts.set(standingOf(host), (counts.get(standingOf(host)) ?? 0) + 1);
  return counts;
}

function groupByWave(hosts: readonly HostState[]): ReadonlyMap<string, HostState[]> {
  const groups = new Map<string, HostState[]>();
  for (const host of hosts) {
    const group = groups.get(host.wave);
    if (group === undefined) groups.set(host.wave, [host]);
    else group.push(host);
  }
  return groups;
}

function waveSection({ hosts, waves }: RolloutStatus, document: RolloutDocument): Markup {
  const all = countsOf(hosts);
  const known = standings.filter((standing) => all.has(standing));
  const head = ['wave', 'stands', 'hosts', ...known, 'at once', 'failures accepted', 'began', 'last step'];
  const byWave = groupByWave(hosts);
  const rows = waves.map(({ name, state }) => {
    const its = byWave.get(name) ?? [];
    const counts = countsOf(its);
    const planned = document.waves.find((wave) => wave.name === name);
    const times = resultsOf({ hosts: its }).flatMap((result) => result.times);
    const first = times.reduce<number | undefined>((least, { start }) => Math.min(least ?? start, start), undefined);
    const last = times.reduce<number | undefined>((most, { end }) => Math.max(most ?? end, end), undefined);
    return [
      name,
      state,
      countText(its.length),
      ...known.map((standing) => countText(counts.get(standing) ?? 0)),
      planned === undefined ? '–' : countText(planned.concurrency),
      planned === undefined ? '–' : countText(planned.failureBudget),
      momentText(first),
      momentText(last),
    ];
  });
  return section('Waves', table(head, rows));
}

const timeText = (ms: number | undefined): string => (ms === undefined ? '–' : secondsText(ms));

const spread = ({ n, least, p50, p90, p99, most }: Distribution): string[] => [
  countText(n),
  ...[least, p50, p90, p99, most].map(timeText),
];

const SPREAD_HEAD = ['hosts', 'least', 'median', 'p90', 'p99', 'most'];

function downtimeSection(status: RolloutStatus): Markup {
  const downtimes = downtimesOf(resultsOf(status));
  const note = markup`<p class="quiet">From the commit until the host answered as the expected kernel. Each figure is that of a host; a percentile that so few hosts cannot tell is left out.</p>`;
  if (downtimes.n === 0) return section('Downtime', markup`<p>No host has come back.</p>`);
  const picture = markup`<figure>${histogram(downtimes, `Downtime of ${hostsText(downtimes.n)}`)}</figure>`;
  return section('Downtime', markup`${note}${picture}${table(SPREAD_HEAD, [spread(downtimes)])}`);
}

function phaseSection(status: RolloutStatus): Markup {
  const times = phaseTimesOf(resultsOf(status));
  return section(
    'Phases',
    table(
      ['phase', ...SPREAD_HEAD],
      hostPhases.map((phase) => [phase, ...spread(times[phase])]),
    ),
  );
}

const facts = (rows: readonly (readonly [string, string])[]): Markup =>
  markup`<dl>${rows.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;

function planSection({ next, policy, classes, failureBudget }: RolloutDocument): Markup {
  const windows = policy.windows.map(
    ({ days, start, end, zone }) =>
      `${days?.join(', ') ?? 'every day'} ${start} to ${end} ${zone ?? "in the host's zone"}`,
  );
  const rows: [string, string][] = [
    ['Kernel', `${next.release} (${next.kernel.path}, SHA-256 ${next.kernel.sha256})`],
    ['Command line', next.cmdline],
    ['Windows', windows.length === 0 ? 'any time' : windows.join('; ')],
    ['Failures accepted', countText(failureBudget)],
    ['Back within', formatDuration(policy.returnWithinMs)],
    ['Healthy within', formatDuration(policy.healthWithinMs)],
  ];
  const list = classes.map(({ key, strategy, hosts, proof }) => [
    key.slice(0, 12),
    strategy,
    countText(hosts),
    countText(proof.checks),
    countText(proof.rehearsals),
  ]);
  return section(
    'Plan',
    markup`${facts(rows)}<h3>Classes</h3>${table(['class', 'strategy', 'hosts', 'checks', 'rehearsals'], list)}`,
  );
}

function leftSection({ left }: RolloutDocument): Markup {
  if (left.length === 0) return markup``;
  const list = markup`<dl>${left.map(({ host, why }) => markup`<dt><code>${host}</code></dt><dd>${why}</dd>\n`)}</dl>`;
  return section('Hosts of the inventory that took no part', list);
}
