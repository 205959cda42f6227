/** The looks of a report, which stands alone: on a screen, light or dark, and on paper. */
export const REPORT_STYLE: string = `
:root { color-scheme: light dark; --ink: #1c2127; --quiet: #59636f; --line: #dcdfe3; --ground: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaed; --quiet: #a1abb6; --line: #313840; --ground: #14171a; } }
body { margin: 0 auto; padding: 24px; max-width: 1200px; color: var(--ink); background: var(--ground);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 17px; margin: 32px 0 8px; }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
a { color: inherit; }
figure { margin: 0; padding: 12px; overflow-x: auto; background: #ffffff; border: 1px solid var(--line); }
figure svg { display: block; max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.92em; }
.wide { overflow-x: auto; }
.quiet { color: var(--quiet); }
.verdict { font-weight: 600; }
@media print {
  :root { --ink: #000000; --quiet: #444444; --line: #999999; --ground: #ffffff; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  figure, .wide { overflow: visible; }
  tr, figure { break-inside: avoid; }
}
`;
