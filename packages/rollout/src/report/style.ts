/** The style of the report. The report's policy allows this text alone, by its digest. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --bg: #fafaf8; --surface: #ffffff; --ink: #1c2127; --quiet: #59636f; --line: #dcdfe3; --bar: #2563a8;
  --waiting: #d5d9de; --running: #4a90d9; --done: #3f9b76; --refused: #d99a1c; --failed: #d9542b; --lost: #8e1a5b;
  --undone: #8b9bb0; --skipped: #aeb5bd; --deferred: #9273c4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #14171a; --surface: #1b1f24; --ink: #e7eaed; --quiet: #a1abb6; --line: #313840; --bar: #62a4e8;
    --waiting: #333a42; --running: #62a4e8; --done: #3d8a6b; --refused: #ecb850; --failed: #f0834a; --lost: #ff7ac2;
    --undone: #7d8da3; --skipped: #525b65; --deferred: #b79be6;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 76rem; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: 1.6rem; font-weight: 600; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1.1rem; font-weight: 600; }
h3 { margin: 1rem 0 .25rem; font-size: .95rem; font-weight: 600; overflow-wrap: anywhere; }
p { margin: .25rem 0; max-width: 70ch; overflow-wrap: anywhere; }
section { margin-top: 2rem; padding: 1.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: .5rem; }
.quiet, dt, th { color: var(--quiet); }
.verdict { margin-top: .5rem; font-size: 1.1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; }
th, td { padding: .3rem .75rem .3rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th { font-weight: 500; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre, .hosts { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .85rem; }
.hosts { overflow-wrap: anywhere; max-width: none; }
pre { margin: .5rem 0; padding: .75rem; background: var(--bg); border: 1px solid var(--line); border-radius: .25rem; white-space: pre-wrap; overflow-wrap: anywhere; }
ul.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.legend svg { width: .8em; height: .8em; margin-right: .4em; }
.map { display: block; width: 100%; height: auto; }
.trouble { border-left: 3px solid var(--line); padding-left: 1rem; margin-top: 1.25rem; }
.trouble.lost { border-color: var(--lost); } .trouble.failed { border-color: var(--failed); } .trouble.refused { border-color: var(--refused); }
svg text { fill: var(--quiet); font-size: 11px; }
.axis { stroke: var(--line); } .bar { fill: var(--bar); }
path.waiting, rect.waiting { fill: var(--waiting); } path.running, rect.running { fill: var(--running); }
path.done, rect.done { fill: var(--done); } path.refused, rect.refused { fill: var(--refused); }
path.failed, rect.failed { fill: var(--failed); } path.lost, rect.lost { fill: var(--lost); }
path.undone, rect.undone { fill: var(--undone); } path.skipped, rect.skipped { fill: var(--skipped); }
path.deferred, rect.deferred { fill: var(--deferred); }
path.grid { stroke: var(--surface); stroke-width: .16; fill: none; }
@media print {
  :root {
    color-scheme: light;
    --bg: #ffffff; --surface: #ffffff; --ink: #000000; --quiet: #444444; --line: #bbbbbb; --bar: #2563a8;
    --waiting: #d5d9de; --running: #4a90d9; --done: #3f9b76; --refused: #d99a1c; --failed: #d9542b; --lost: #8e1a5b;
    --undone: #8b9bb0; --skipped: #aeb5bd; --deferred: #9273c4;
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  section { padding: .5rem 0; border: 0; border-top: 1px solid var(--line); border-radius: 0; }
  h2, h3 { break-after: avoid; } tr, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; height: auto; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

/** SHA-256 of {@link REPORT_STYLE} in base64, as a content security policy names it. */
export const REPORT_STYLE_SHA256 = 'g8ARP5xKlEPUV7MRCdLAI1fNnse8cQb9uNcvfsbPz8Q=';
