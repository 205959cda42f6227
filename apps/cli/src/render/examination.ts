import type { Finding, Severity } from '@kexeckit/linux';
import pc from 'picocolors';
import type { View } from '../commands/command.ts';
import type { Examination, WrittenBundle } from '../commands/doctor/run.ts';
import { EXIT } from '../exit-code.ts';
import { type Column, layOutColumns } from './columns.ts';
import { size } from './format.ts';

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
  problem: ({ findings }) => {
    const blockers = blockersIn(findings);
    if (blockers === 0) return undefined;
    return `${blockers} ${blockers === 1 ? 'thing stands' : 'things stand'} in the way of kexec on this host`;
  },
  exitCode: ({ findings }) => (blockersIn(findings) === 0 ? EXIT.done : EXIT.no),
};

function findingLines({ severity, isKnown, what, why, todo, evidence }: Finding): string[] {
  const isQuiet = severity === 'ok';
  return [
    `  ${marks[severity]} ${isQuiet ? what : pc.bold(what)}`,
    pc.dim(`    ${why}`),
    // What could not be read is the reason itself.
    ...(isQuiet || !isKnown ? [] : evidence.map(({ path, text }) => pc.dim(`    ${path}: ${text}`))),
    ...(todo === '' ? [] : [`    → ${todo}`]),
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
    const [first = '', ...more] = why;
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
