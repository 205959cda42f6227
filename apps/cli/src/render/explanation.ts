import { type CrashkernelVerdict, type Finding, formatSize, fromByteString, type Occurrence } from '@kexeckit/cmdline';
import type { Prediction } from '@kexeckit/ioport';
import type { View } from '../commands/command.ts';
import type { LineExplanation, ParameterReading } from '../commands/explain/run.ts';
import { EXIT } from '../exit-code.ts';
import { explanationJson } from './explanation-json.ts';
import { amount, hex, range } from './format.ts';
import { type Mark, markedLine } from './marked-line.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { layOutTable, paragraph } from './table.ts';

/** How `kexeckit explain` shows a line. */
export const explanationView: View<LineExplanation> = {
  text: explanationText,
  json: explanationJson,
  problem: ({ mistakes }) =>
    mistakes === 0 ? undefined : `the line has ${mistakes === 1 ? 'a mistake' : `${mistakes} mistakes`}`,
  exitCode: ({ mistakes }) => (mistakes === 0 ? EXIT.done : EXIT.no),
};

/** A finding, with its number. */
interface Told {
  readonly finding: Finding;
  readonly number: number;
}

function explanationText(explanation: LineExplanation, page: Page): string {
  const { line, readings, cut, mended, unknown } = explanation;
  const told = readings
    .flatMap(({ explanation: { findings } }) => findings)
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map((finding, at) => ({ finding, number: at + 1 }));
  const parts = [
    headingText(explanation, page),
    line.trim() === ''
      ? '  (an empty line)'
      : markedLine(line, [...told.map((one) => markOf(one, page)), ...cutMark(explanation, page)], page),
    ...told.map((one) => findingText(one, line, page)),
    ...(cut === undefined ? [] : [cutText(explanation, page)]),
    ...readings.map((reading) => readingText(reading, explanation, page)),
    ...(unknown.length === 0 ? [] : [unknown.map((what) => paragraph(what, page, 'not known: ')).join('\n')]),
    ...(mended === line ? [] : [`${page.color.bold('The line mended:')}\n\n${inLine(fromByteString(mended))}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function headingText({ from, kernel, ram, line, max }: LineExplanation, page: Page): string {
  const rules = kernel.measured
    ? `as Linux ${kernel.profile} on arm64 reads it`
    : `by the rules of Linux ${kernel.profile}`;
  const lines = [paragraph(`${page.color.bold('kexeckit explain')}: ${inLine(from)}, ${rules}`, page)];
  const notes = [
    ...(kernel.measured ? [] : [kernel.reason]),
    ...(ram === undefined ? [] : [`${amount(ram.bytes)} of RAM (${ram.from})`]),
    `${line.length} of ${max} bytes`,
  ];
  return [...lines, ...notes.map((note) => paragraph(note, page, '  '))].join('\n');
}

const COLOURS = { error: 'red', trap: 'yellow', note: 'dim' } as const;

const markOf = ({ finding: { start, end, severity }, number }: Told, { color }: Page): Mark => ({
  start,
  end,
  label: String(number),
  paint: color[COLOURS[severity]],
});

function findingText({ finding, number }: Told, line: string, page: Page): string {
  const mend = mendText(finding, line);
  const { severity, message, linux } = finding;
  const { color } = page;
  const lead = `${String(number).padStart(3)}  `;
  const head = paragraph(`${severity}: ${inLine(message)}`, page, lead).replace(
    severity,
    color[COLOURS[severity]](severity),
  );
  const below = ' '.repeat(lead.length);
  return [head, paragraph(inLine(linux), page, below), ...(mend === '' ? [] : [paragraph(mend, page, below)])].join(
    '\n',
  );
}

/** Longer texts are seen in the line that is mended. */
const SHORT = 24;

/** What a fix puts in the place of what stands there; empty where that takes many words. */
function mendText({ fix }: Finding, line: string): string {
  const [edit, ...others] = fix;
  if (edit === undefined || others.length > 0 || edit.text.length > SHORT || edit.end - edit.start > SHORT) return '';
  const [there, wanted] = [line.slice(edit.start, edit.end), edit.text].map(
    (text) => `"${inLine(fromByteString(text))}"`,
  );
  if (edit.start === edit.end) return `Mended: put ${wanted} in at ${edit.start}.`;
  return edit.text === '' ? `Mended: take out ${there}.` : `Mended: write ${wanted} in the place of ${there}.`;
}

const cutMark = ({ cut, max, line }: LineExplanation, { color }: Page): Mark[] =>
  cut === undefined ? [] : [{ start: max, end: line.length, label: 'lost', paint: color.red }];

const cutText = ({ cut, max }: LineExplanation, page: Page): string =>
  paragraph(
    `The kernel keeps ${max} bytes of a line, and cuts the rest without a word: ${inLine(cut?.words ?? '')}. Put what must not be lost first.`,
    page,
    `${page.signs.bad} `,
  );

function readingText(reading: ParameterReading, { ram }: LineExplanation, page: Page): string {
  const { parameter, explanation, landing, standing } = reading;
  const head = `${page.color.bold(`${parameter}=`)}  `;
  const plain = `${parameter}=  `;
  const summary = 'summary' in explanation ? explanation.summary : anySummary(parameter, explanation);
  const lines = [paragraph(inLine(summary), page, plain).replace(plain, head)];
  if ('byRam' in explanation && explanation.byRam.length > 1) lines.push(ramTable(explanation, page).trimEnd());
  if (explanation.occurrences.length > 1 || (ram && explanation.occurrences[0]?.form === 'ranges'))
    lines.push(occurrenceTable(explanation.occurrences, ram !== undefined, page).trimEnd());
  if (landing !== undefined) lines.push(landingText(landing, page));
  for (const region of standing)
    lines.push(paragraph(`the map has one at ${range(region)}, ${amount(region.end + 1n - region.start)}`, page, '  '));
  if (parameter === 'kexeckernel')
    lines.push(paragraph('only kernels with the patches of the 2019 series read it: others pass over it', page, '  '));
  return lines.join('\n');
}

type ByRam = Extract<ParameterReading['explanation'], { byRam: unknown }>;

/** What is so on every machine, where something is. */
function anySummary(parameter: string, { byRam, occurrences }: ByRam): string {
  const [only, ...others] = byRam;
  if (occurrences.length === 0) return `reserves nothing: no ${parameter}= in the line`;
  if (only === undefined || others.length > 0) return 'what it reserves depends on RAM, which is not known:';
  return `reserves ${verdictText(only.verdict)} on any machine`;
}

function ramTable({ byRam }: ByRam, page: Page): string {
  const rows = byRam.map(({ from, to, verdict }, at) => {
    const least = at === 0 ? '' : `from ${formatSize(from)}`;
    return [
      [least, to === null ? '' : `below ${formatSize(to)}`].filter((word) => word !== '').join(' ') || 'any',
      verdictText(verdict),
    ];
  });
  const columns = [
    { heading: 'RAM', align: 'left' },
    { heading: 'reserves', align: 'left' },
  ] as const;
  return layOutTable(columns, rows, page);
}

function verdictText({ ret, size: bytes, base, high, lowSize, cmaSize }: CrashkernelVerdict): string {
  if (ret !== 0) return 'nothing';
  const parts = [
    base === 0n ? '' : `at ${hex(base)}`,
    high ? 'high' : '',
    high && lowSize > 0n ? `${formatSize(lowSize)} low` : '',
    cmaSize > 0n ? `${formatSize(cmaSize)} CMA` : '',
  ];
  return [formatSize(bytes), ...parts.filter((part) => part !== '')].join(', ');
}

/** Which occurrence counts, and which of its clauses. */
function occurrenceTable(occurrences: readonly Occurrence[], isRamKnown: boolean, page: Page): string {
  const rows = occurrences.flatMap(({ start, text, used, ignoredBecause, complaint, clauses }) => {
    const why = used
      ? complaint === null
        ? 'counts'
        : 'counts, but cannot be read'
      : `ignored: ${ignoredBecause ?? ''}`;
    const row = [String(start), inLine(fromByteString(text)), inLine(why)];
    if (!used || clauses.length === 0 || !isRamKnown) return [row];
    return [row, ...clauses.map((clause) => clauseRow(text.slice(clause.start - start, clause.end - start), clause))];
  });
  const columns = [
    { heading: 'at', align: 'right' },
    { heading: 'what stands there', align: 'left' },
    { heading: '', align: 'left' },
  ] as const;
  return layOutTable(columns, rows, page);
}

const clauseRow = (text: string, { matched }: Occurrence['clauses'][number]): string[] => [
  '',
  `  ${inLine(fromByteString(text))}`,
  matched ? 'holds' : 'does not hold here',
];

/** Where a region lands, and why, or why it finds no place. */
export function landingText({ regions, refusal, reason, exact }: Prediction, page: Page): string {
  const { bad, warning, good } = page.signs;
  if (regions.length === 0 && refusal !== null)
    return [
      paragraph(`it would find no place: ${inLine(refusal.message)}`, page, `  ${bad} `),
      paragraph(inLine(refusal.hint), page, '    '),
    ].join('\n');
  const places = regions.map(({ kind, size: bytes, from, to }) => {
    const where =
      from === to ? `at ${range({ start: from, end: from + bytes - 1n })}` : `starting from ${hex(from)} to ${hex(to)}`;
    return `${amount(bytes)}${kind === 'low' ? ' of low memory' : ''} ${where}`;
  });
  const verb = refusal === null ? 'it lands as' : 'it may land as';
  return [
    paragraph(`${verb} ${places.join(', and ')}`, page, `  ${exact ? good : warning} `),
    paragraph(inLine(reason), page, '    '),
  ].join('\n');
}
