import type { Finding, Severity } from '@kexeckit/linux';
import type { View } from '../commands/command.ts';
import type { Examination, WrittenBundle } from '../commands/doctor/run.ts';
import { EXIT } from '../exit-code.ts';
import type { DoctorJson } from '../json/doctor.ts';
import { size } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { type Column, layOutTable, paragraph } from './table.ts';

const marks = ({ color, signs }: Page): Readonly<Record<Severity, string>> => ({
  blocker: color.red(signs.bad),
  warning: color.yellow(signs.warning),
  ok: color.green(signs.good),
});

const blockersIn = (findings: readonly Finding[]): number =>
  findings.filter(({ severity }) => severity === 'blocker').length;

/** What a host is told: facts, what follows, what to do about it; then the routes that it offers. */
export const examinationView: View<Examination> = {
  text: (examination, page) =>
    [
      `\n${examination.findings.flatMap((finding) => findingLines(finding, page)).join('\n')}\n`,
      routesTable(examination, page),
      ...(examination.written === undefined ? [] : [writtenLines(examination.written, page)]),
      '',
    ].join('\n'),
  json: ({ findings, routes, defaultRoute, written }): DoctorJson => ({
    findings,
    routes: routes.map(({ offered, ...route }) => ({ ...route, offered: offered ?? null })),
    default: defaultRoute ?? null,
    ...(written !== undefined && { written: writtenJson(written) }),
    totals: {
      findings: findings.length,
      blockers: blockersIn(findings),
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
      routes: routes.length,
      offered: routes.filter(({ offered }) => offered).length,
    },
  }),
  bytes: ({ written }) => written?.bundle,
  problem: problemOf,
  exitCode: (examination) => EXITS[answerOf(examination)],
};

/** May kexec be tried on this host? Unclear: a strategy may be offered, and none is for certain. */
type Answer = 'yes' | 'no' | 'unclear';

const writtenJson = ({ file, bytes, files, unread }: WrittenBundle): DoctorJson['written'] => ({
  file,
  bytes,
  files,
  unread,
});

const EXITS: Readonly<Record<Answer, number>> = { yes: EXIT.done, no: EXIT.no, unclear: EXIT.trouble };

function answerOf({ findings, routes }: Examination): Answer {
  if (blockersIn(findings) > 0) return 'no';
  if (routes.some(({ offered }) => offered === true)) return 'yes';
  return routes.some(({ offered }) => offered === undefined) ? 'unclear' : 'no';
}

function problemOf(examination: Examination): string | undefined {
  const answer = answerOf(examination);
  if (answer === 'yes') return undefined;
  if (answer === 'unclear') return 'whether this host offers a strategy cannot be said: what decides could not be read';
  const blockers = blockersIn(examination.findings);
  if (blockers === 0) return 'this host offers no strategy';
  return `${blockers} ${blockers === 1 ? 'thing stands' : 'things stand'} in the way of kexec on this host`;
}

/** All that stands here may be what the host says: nothing of it begins a line. */
function findingLines({ severity, isKnown, what, why, todo, evidence }: Finding, page: Page): string[] {
  const { color, signs } = page;
  const isQuiet = severity === 'ok';
  return [
    paragraph(isQuiet ? inLine(what) : color.bold(inLine(what)), page, `  ${marks(page)[severity]} `),
    color.dim(paragraph(inLine(why), page, '    ')),
    // What could not be read is the reason itself.
    ...(isQuiet || !isKnown
      ? []
      : evidence.map(({ path, text }) => color.dim(paragraph(`${inLine(path)}: ${inLine(text)}`, page, '    ')))),
    ...(todo === '' ? [] : [paragraph(page.asCalled(inLine(todo)), page, `    ${signs.arrow} `)]),
  ];
}

const columns: readonly Column[] = [
  { heading: 'strategy', align: 'left' },
  { heading: 'offered', align: 'left' },
  { heading: 'why', align: 'left' },
];

/** One line for each reason. */
export function routesTable(
  { routes, defaultRoute }: Pick<Examination, 'routes' | 'defaultRoute'>,
  page: Page,
): string {
  const rows = routes.flatMap(({ strategy, offered, why }) => {
    const answer = offered === undefined ? 'not known' : offered ? 'yes' : 'no';
    const [first = '', ...more] = why.map(inLine);
    return [
      [strategy, strategy === defaultRoute ? `${answer}, default` : answer, first],
      ...more.map((reason) => ['', '', reason]),
    ];
  });
  return layOutTable(columns, rows, page);
}

function writtenLines({ file, bytes, files, unread }: WrittenBundle, page: Page): string {
  const text = `${file}: ${size(bytes)}, ${files} files; ${unread.length} could not be read, and it says why`;
  return `${paragraph(text, page, '  ')}\n`;
}
