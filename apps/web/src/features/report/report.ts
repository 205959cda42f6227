import { count, hex, secondsText } from '../../shared/format.ts';
import { type Markup, markup } from '../../shared/markup.ts';
import type { FigureText } from '../figures/model.ts';
import type { TableLine } from '../map/model/table.ts';
import type { ProofRow } from '../proof/model.ts';
import { type TimelineRow, totalText } from '../timeline/model.ts';
import { REPORT_STYLE } from './report-style.ts';

/** A picture of the report, and what it shows in words. */
export interface ReportPicture {
  readonly title: string;
  /** A whole `<svg>` element, made by us. */
  readonly svg: string;
}

/** Everything that a report says. */
export interface ReportFacts {
  readonly made: Date;
  readonly machine: string;
  readonly strategy: string;
  /** What was asked for: names and values. */
  readonly wishes: readonly (readonly [name: string, value: string])[];
  /** What lay on the desk: what each is, its name, its size. */
  readonly files: readonly (readonly [what: string, name: string, size: string])[];
  readonly pictures: readonly ReportPicture[];
  readonly timelines: readonly (readonly [strategy: string, row: TimelineRow])[];
  readonly proof: readonly ProofRow[];
  readonly figures: readonly FigureText[];
  readonly map: readonly Omit<TableLine, 'id'>[];
  /** Where the same can be looked at again; files do not go along. */
  readonly link: string;
}

/** A report as one file: no script, nothing that is loaded from elsewhere. */
export function reportHtml(facts: ReportFacts): string {
  const title = `kexec by ${facts.strategy} on ${facts.machine}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${{ source: REPORT_STYLE }}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="verdict">${verdictText(facts.proof)}</p>
<p class="quiet">Made by kexeckit on <time datetime="${facts.made.toISOString()}">${dayText(facts.made)}</time>, on a simulated machine.</p>
</header>
<main>
${facts.pictures.map(picture)}
${timelineTable(facts)}
${proofTable(facts.proof)}
${figureTable(facts.figures)}
${mapTable(facts.map)}
${askedTable(facts)}
</main>
</body>
</html>
`.source;
}

const dayText = (date: Date): string => date.toISOString().slice(0, 10);

/** What the proof came to, in a sentence. */
function verdictText(proof: readonly ProofRow[]): string {
  const violations = proof.reduce((sum, row) => sum + row.violations, 0);
  const checked = proof.reduce((sum, row) => sum + (row.checked ?? 0), 0);
  const scope = `${proof.length} invariants in ${count(checked)} checks`;
  if (violations === 0) return `Proved: ${scope}, no violation.`;
  return `Refused: ${scope}, ${violations === 1 ? 'one violation' : `${count(violations)} violations`}.`;
}

const section = (title: string, body: Markup): Markup => markup`<section><h2>${title}</h2>${body}</section>`;

const picture = ({ title, svg }: ReportPicture): Markup => section(title, markup`<figure>${{ source: svg }}</figure>`);

type Cell = string | { readonly number: string } | { readonly code: string };

function cell(content: Cell): Markup {
  if (typeof content === 'string') return markup`<td>${content}</td>`;
  if ('code' in content) return markup`<td class="number"><code>${content.code}</code></td>`;
  return markup`<td class="number">${content.number}</td>`;
}

/** A table; the first cell of each row is its name. */
function table(titles: readonly string[], rows: readonly (readonly [string, ...Cell[]])[]): Markup {
  return markup`<div class="wide"><table><thead><tr>${titles.map((title) => markup`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name, ...cells]) => markup`<tr><th scope="row">${name}</th>${cells.map(cell)}</tr>
`,
  )}</tbody></table></div>`;
}

function timelineTable({ timelines }: ReportFacts): Markup {
  const phases = timelines[0]?.[1].cells.map(({ phase }) => phase) ?? [];
  const rows = timelines.map(([strategy, row]): [string, ...Cell[]] => [
    strategy,
    ...row.cells.map(({ basis, seconds, note }): Cell => {
      if (basis === undefined) return '';
      return {
        number: `${seconds === undefined ? '?' : secondsText(seconds)}${note === undefined ? '' : ` (${note})`}`,
      };
    }),
    { number: totalText(row.total) },
  ]);
  return section('Timelines, in seconds', table(['Strategy', ...phases, 'total'], rows));
}

function proofTable(proof: readonly ProofRow[]): Markup {
  const rows = proof.map(({ invariant, statement, checked, unit, violations, found }): [string, ...Cell[]] => [
    invariant,
    [statement, ...found].join(' · '),
    { number: checked === undefined ? '' : `${count(checked)} ${unit}` },
    { number: violations === 0 ? 'none' : count(violations) },
  ]);
  return section('Proof', table(['Invariant', 'Statement', 'Checked', 'Violations'], rows));
}

const figureTable = (figures: readonly FigureText[]): Markup =>
  section(
    'Figures',
    table(
      ['Figure', 'Value', 'What it is'],
      figures.map(({ name, value, detail }): [string, ...Cell[]] => [name, { number: value }, detail]),
    ),
  );

const mapTable = (rows: ReportFacts['map']): Markup =>
  section(
    'Memory',
    table(
      ['What', 'From', 'To', 'Pages', 'Note'],
      rows.map(({ name, start, end, pages, note }): [string, ...Cell[]] => [
        name,
        { code: hex(start) },
        { code: hex(end) },
        { number: count(pages) },
        note,
      ]),
    ),
  );

const linkMarkup = (link: string): Markup =>
  link.startsWith('#')
    ? markup`<p class="quiet">The same page again, without the files: the lab's address with <code>${link}</code></p>`
    : markup`<p class="quiet">The same page again, without the files: <a href="${link}">${link}</a></p>`;

function askedTable({ wishes, files, link }: ReportFacts): Markup {
  const asked = [...wishes, ...files.map(([what, name, size]) => [what, `${name}, ${size}`] as const)];
  return section(
    'What was asked for',
    markup`${table(
      ['Wish', 'Value'],
      asked.map(([name, value]): [string, ...Cell[]] => [name, value]),
    )}${linkMarkup(link)}`,
  );
}
