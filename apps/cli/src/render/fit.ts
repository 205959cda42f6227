import {
  type FitFinding,
  formatRun,
  type MissingPrice,
  type Price,
  type PriceFit,
  priceNames,
  pricesUsed,
  priceTable,
  protocol,
} from '@kexeckit/cost';
import { type LeftOut, type LeftOutReason, unknownWords } from '@kexeckit/evidence';
import { phases } from '@kexeckit/reboot';
import type { View } from '../commands/command.ts';
import type { FromFit } from '../commands/timeline/fit.ts';
import { EXIT } from '../exit-code.ts';
import type { FitJson } from '../json/timeline.ts';
import { copyingSlow } from '../options/strategy.ts';
import { count } from './format.ts';
import { BELOW, heading } from './heading.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { type Column, layOutTable, paragraph } from './table.ts';

/** Prices for people: what each thing takes, how well the rows are met, and what is to be measured. */
export const fitView: View<FromFit, FitJson> = {
  text: fitText,
  json: ({ kind, logs, fitted, leftOut, missing, savedTo }): FitJson => ({
    kind,
    logs,
    profile: fitted?.profile ?? null,
    rows: fitted?.fit.errors ?? [],
    leftOut,
    missing,
    protocol: missing.length === 0 ? [] : protocol.map((step) => ({ ...step, line: formatRun(step) })),
    savedTo: savedTo ?? null,
    totals: {
      logs: logs.length,
      rows: fitted?.fit.errors.length ?? 0,
      seconds: fitted?.fit.errors.reduce((sum, { seconds }) => sum + seconds, 0) ?? 0,
      leftOut: leftOut.length,
      missing: missing.length,
    },
  }),
  problem: ({ logs, fitted, missing }) => {
    if (logs.length === 0) return undefined;
    if (fitted === undefined) return 'no log has a reboot by kexec with a time';
    return missing.length === 0 ? undefined : 'the logs do not tell all prices';
  },
  exitCode: ({ logs, fitted, missing }) => {
    if (logs.length === 0) return EXIT.done;
    if (fitted === undefined) return EXIT.trouble;
    return missing.length === 0 ? EXIT.done : EXIT.no;
  },
};

function fitText({ logs, fitted, leftOut, missing, savedTo }: FromFit, page: Page): string {
  const rows = fitted?.fit.errors.length ?? 0;
  return `${[
    '',
    heading(headingOf(rows, logs.length), page),
    ...(savedTo === undefined ? [] : [paragraph(`written to ${inLine(savedTo)}`, page, BELOW)]),
    '',
    ...(fitted === undefined ? [] : [pricesTable(fitted.fit, page), rowsTable(fitted.fit, page)]),
    ...(fitted?.fit.findings ?? []).flatMap((finding) => findingLines(finding, page)),
    ...leftOutLines(leftOut, page),
    ...missingLines(missing, page),
  ].join('\n')}\n`;
}

function headingOf(rows: number, logs: number): string {
  if (logs === 0) return 'what the machine takes: nothing is measured yet';
  return `${count(rows)} ${rows === 1 ? 'row' : 'rows'} of ${logs} ${logs === 1 ? 'log' : 'logs'}`;
}

const priceColumns: readonly Column[] = [
  { heading: 'seconds', align: 'right' },
  { heading: 'between', align: 'left' },
  { heading: '', align: 'left' },
  { heading: 'for', align: 'left' },
];

function pricesTable({ prices, confidence }: PriceFit, page: Page): string {
  const rows = priceNames.flatMap((name) => {
    const price = prices[name];
    return price === undefined ? [] : [[figure(price.seconds), between(price, page), price.basis, priceTable[name].of]];
  });
  return `${layOutTable(priceColumns, rows, page)}${page.color.dim(`  each interval holds the truth ${confidence * 100} times of 100\n`)}`;
}

const figure = (seconds: number): string => (seconds === 0 ? '0' : seconds.toPrecision(4));

const between = ({ low, high }: Price, { signs }: Page): string =>
  low === undefined || high === undefined ? signs.dash : `${figure(low)} to ${figure(high)}`;

const rowColumns: readonly Column[] = [
  { heading: 'row', align: 'left' },
  { heading: 'of', align: 'left' },
  { heading: 'seconds', align: 'right' },
  { heading: 'by these prices', align: 'right' },
  { heading: 'off by', align: 'right' },
];

/** Rows that are shown: who has more reads --json. */
const ROWS_MAX = 60;

function rowsTable({ errors }: PriceFit, page: Page): string {
  const rows = errors
    .slice(0, ROWS_MAX)
    .map(({ source, counts, seconds, predicted, error }) => [
      inLine(source),
      pricesUsed(counts).map((name) => priceTable[name].group)[0] ?? '',
      seconds.toFixed(6),
      predicted.toFixed(6),
      `${error < 0 ? '-' : '+'}${Math.abs(error * 100).toFixed(1)} %`,
    ]);
  const rest = errors.length - rows.length;
  return `${layOutTable(rowColumns, rows, page)}${rest > 0 ? `  and ${count(rest)} more: --json has them\n` : ''}`;
}

function findingLines({ code, message, hint, rows, count: many }: FitFinding, page: Page): string[] {
  const { dim, yellow } = page.color;
  const named = rows.slice(0, 4);
  const others = many - named.length;
  return [
    paragraph(`${code}: ${inLine(message)}`, page, `  ${yellow(page.signs.warning)} `),
    dim(paragraph(`${named.map(inLine).join('; ')}${others > 0 ? ` and ${count(others)} more` : ''}`, page, '    ')),
    dim(paragraph(hint, page, '    ')),
    '',
  ];
}

const leftOutWords: Readonly<Record<Exclude<LeftOutReason, keyof typeof unknownWords>, string>> = {
  'too-short': 'it is shorter than its clock tells',
  'no-run-line': 'no line kexeckit-run says what was moved',
  'two-run-lines': 'two lines kexeckit-run before it say different things',
};

const whyLeftOut = (why: LeftOutReason): string =>
  why === 'too-short' || why === 'no-run-line' || why === 'two-run-lines' ? leftOutWords[why] : unknownWords[why];

function leftOutLines(leftOut: readonly LeftOut[], page: Page): string[] {
  if (leftOut.length === 0) return [];
  const lines = leftOut
    .slice(0, ROWS_MAX)
    .map(({ source, phase, why }) =>
      page.color.dim(paragraph(`${inLine(source)}, ${phases[phase].name}: ${whyLeftOut(why)}`, page, '    ')),
    );
  return ['  no row for', ...lines, ''];
}

function missingLines(missing: readonly MissingPrice[], page: Page): string[] {
  const dimmed = (text: string, lead: string): string => page.color.dim(paragraph(text, page, lead));
  if (missing.length === 0) return [];
  return [
    '  not known yet',
    ...missing.flatMap(({ of, measure }) => [paragraph(of, page, '    '), dimmed(measure, '      ')]),
    '',
    paragraph(
      'what to measure: each twice or more often, with a serial logger that notes the time of each line',
      page,
      '  ',
    ),
    ...protocol.map((step) => `    echo '${formatRun(step)}' > /dev/kmsg`),
    dimmed(
      'right before each reboot; the size is that of all that is loaded, other sizes do as well, three at least',
      '    ',
    ),
    dimmed('contiguous: loaded soon after a boot; scattered: loaded when memory was filled and emptied before', '    '),
    dimmed(
      `MMU off: a kernel before 5.16, or strategy ${copyingSlow.join(', ')}; checks: purgatory is that of kexec -c; none: kexec -c -i, or --no-checks`,
      '    ',
    ),
    '',
  ];
}
