import type { View } from '../commands/command.ts';
import type { Comparison, Impossible } from '../commands/compare/run.ts';
import { EXIT } from '../exit-code.ts';
import type { CompareJson } from '../json/compare.ts';
import { routesTable } from './examination.ts';
import { planHeading } from './heading.ts';
import { renderNotes } from './notes.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { plainReport } from './reboot.ts';
import { paragraph } from './table.ts';
import { renderTimelines } from './timelines.ts';

/** Strategies side by side; then those that cannot be, and what the host offers. */
export const comparisonView: View<Comparison> = {
  text: ({ reports, impossible, offers, defaultRoute, notes }, page) => {
    const [first] = reports;
    return [
      ...(first === undefined
        ? []
        : [`\n${planHeading(first.plan, page).join('\n')}\n`, renderTimelines(reports, false, page)]),
      ...(impossible.length === 0 ? [] : [impossibleText(impossible, page)]),
      ...(offers === undefined ? [] : [routesTable({ routes: offers, defaultRoute }, page)]),
      ...(first === undefined ? [] : [renderNotes(reports, notes, page)]),
    ].join('\n');
  },
  json: ({ reports, impossible, offers, defaultRoute }): CompareJson => ({
    strategies: reports.map(plainReport),
    impossible: impossible.map(({ hint, ...rest }) => ({ ...rest, hint: hint ?? null })),
    offers: offers?.map(({ offered, ...offer }) => ({ ...offer, offered: offered ?? null })) ?? null,
    default: defaultRoute ?? null,
    totals: {
      strategies: reports.length,
      impossible: impossible.length,
      offered: offers?.filter(({ offered }) => offered).length ?? null,
    },
  }),
  problem: ({ reports }) =>
    reports.length === 0 ? 'no strategy can be run on this machine with these files' : undefined,
  exitCode: ({ reports }) => (reports.length === 0 ? EXIT.no : EXIT.done),
};

function impossibleText(impossible: readonly Impossible[], page: Page): string {
  const { color, signs } = page;
  const lines = impossible.flatMap(({ strategy, code, message, hint }) => [
    paragraph(`${strategy}: ${inLine(message)} (${code})`, page, `  ${color.red(signs.bad)} `),
    ...(hint === undefined ? [] : [paragraph(page.asCalled(inLine(hint)), page, `    ${signs.arrow} `)]),
  ]);
  return `${lines.join('\n')}\n`;
}
