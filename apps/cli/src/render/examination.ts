import type { Finding, Severity } from '@kexeckit/linux';
import pc from 'picocolors';
import type { View } from '../commands/command.ts';
import type { Examination, WrittenBundle } from '../commands/doctor/run.ts';
import { EXIT } from '../exit-code.ts';
import { type Column, layOutColumns } from './columns.ts';
import { size } from './format.ts';
import { inLine } from './printable.ts';

const marks: Record<Severity, string> = { blocker: pc.red('✗'), warning: pc.yellow('!'), ok: pc.green('✓') };

const blockersIn = (findings: readonly Finding[]): number =>
  findings.filter(({ severity }) => severity === 'blocker').length;

/** What a host is told: facts, what follows, what to do about it; then the routes that it offers. */
export const examinationView: View<Examination> = {
  text: (examination) =>
    [
      `\n${examination.findings.flatMap(findingLines).join('\n')}\n`,
      routesTable(examination),
      ...(examination.written === undefined ? [] : [writtenLines(examination.written)]),
      '',
    ].join('\n'),
  json: ({ findings, routes, defaultRoute, written }) => ({
    findings,
    routes: routes.map(({ offered, ...route }) => ({ ...route, offered: offered ?? null })),
    default: defaultRoute ?? null,
    ...(written !== undefined && { written }),
  }),
  problem: problemOf,
  exitCode: (examination) => EXITS[answerOf(examination)],
};

/** May kexec be tried on this host? Unclear: a strategy may be offered, and none is for certain. */
type Answer = 'yes' | 'no' | 'unclear';

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
function findingLines({ severity, isKnown, what, why, todo, evidence }: Finding): string[] {
  const isQuiet = severity === 'ok';
  return [
    `  ${marks[severity]} ${isQuiet ? inLine(what) : pc.bold(inLine(what))}`,
    pc.dim(`    ${inLine(why)}`),
    // What could not be read is the reason itself.
    ...(isQuiet || !isKnown ? [] : evidence.map(({ path, text }) => pc.dim(`    ${inLine(path)}: ${inLine(text)}`))),
    ...(todo === '' ? [] : [`    → ${inLine(todo)}`]),
  ];
}

const columns: readonly Column[] = [
  { heading: 'strategy', align: 'left' },
  { heading: 'offered', align: 'left' },
  { heading: 'why', align: 'left' },
];

/** One line for each reason. */
function routesTable({ routes, defaultRoute }: Examination): string {
  const rows = routes.flatMap(({ strategy, offered, why }) => {
    const answer = offered === undefined ? 'not known' : offered ? 'yes' : 'no';
    const [first = '', ...more] = why.map(inLine);
    return [
      [strategy, strategy === defaultRoute ? `${answer}, default` : answer, first],
      ...more.map((reason) => ['', '', reason]),
    ];
  });
  return layOutColumns(columns, rows);
}

function writtenLines({ file, bytes, files, unread }: WrittenBundle): string {
  return `  ${file}: ${size(bytes)}, ${files} files; ${unread.length} could not be read, and it says why\n`;
}
