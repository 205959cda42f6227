import type { HostResult } from '../status/outcome.ts';
import { cut } from '../text/shown.ts';
import { countText, hostsText } from './format.ts';
import { type Markup, markup } from './markup.ts';

/** Kinds of trouble that are told in their own words; what is beyond goes by its code alone. */
const KINDS_MAX = 2000;
/** Characters of consoles in all. */
const CONSOLES_MAX = 2 * 2 ** 20;
const LINE_MAX = 400;
const LINES_MAX = 40;
const TEXT_MAX = 600;

interface Kind {
  readonly outcome: string;
  readonly title: string;
  readonly what: string;
  readonly hint: string;
  readonly results: HostResult[];
}

const ORDER = ['lost', 'failed', 'refused'];

/** Every host that was lost, failed or was refused, those with the same trouble together, with the last lines of their consoles. */
export function troubleList(results: readonly HostResult[]): Markup {
  const troubled = results.filter(({ outcome }) => ORDER.includes(outcome));
  if (troubled.length === 0) return markup`<p>No host failed, was lost or was refused.</p>`;
  let room = CONSOLES_MAX;
  let unseen = 0;
  const consoleOf = (result: HostResult): Markup => {
    const lines = (result.console ?? []).slice(-LINES_MAX);
    if (lines.length === 0) return markup``;
    if (room <= 0) {
      unseen++;
      return markup``;
    }
    const text = lines.map((line) => markup`${cut(line, LINE_MAX)}\n`);
    const size = text.reduce((sum, { source }) => sum + source.length, 0);
    room -= size;
    return markup`<details><summary>Console of <code>${result.host}</code></summary><pre>${text}</pre></details>`;
  };
  const list = kindsOf(troubled).map(
    ({ outcome, title, what, hint, results: its }) => markup`<div class="trouble ${outcome}">
<h3>${title} · ${hostsText(its.length)}</h3>
<p>${what}</p><p class="quiet">${hint}</p>
<p class="hosts">${its.map(({ host }) => host).join(' ')}</p>
${its.map(consoleOf)}</div>
`,
  );
  if (unseen === 0) return markup`${list}`;
  return markup`${list}<p class="quiet">The consoles of ${countText(unseen)} more hosts are not in this file, to keep it small: the status has them.</p>`;
}

/** Hosts with the same trouble together: the lost first, then by how many there are. */
function kindsOf(results: readonly HostResult[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const result of results) {
    const { outcome, trouble } = result;
    const title = trouble === undefined ? outcome : `${outcome} at ${trouble.phase}: ${trouble.code}`;
    const what = cut(trouble?.what ?? 'Nothing says why.', TEXT_MAX);
    const hint = cut(trouble?.hint ?? '', TEXT_MAX);
    const exact = [title, what, hint].join('\0');
    const isTold = kinds.has(exact) || kinds.size < KINDS_MAX;
    const key = isTold ? exact : title;
    const words = isTold ? { what, hint } : { what: 'In other words, which the status has.', hint: '' };
    const kind = kinds.get(key) ?? { outcome, title, ...words, results: [] };
    kinds.set(key, kind);
    kind.results.push(result);
  }
  const rank = ({ outcome }: Kind): number => ORDER.indexOf(outcome);
  return [...kinds.values()].sort((a, b) => rank(a) - rank(b) || b.results.length - a.results.length);
}
