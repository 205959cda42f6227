import {
  addressInSpace,
  attributesText,
  explainDescriptor,
  geometryOf,
  type PageRun,
  type Space,
  type WalkStep,
} from '@kexeckit/arm64-pgtable';
import type { View } from '../commands/command.ts';
import type { BuiltTables } from '../commands/tables/build.ts';
import type { DecodedValue } from '../commands/tables/decode.ts';
import type { CheckedTables, Listed, WalkedAddress, Walks } from '../commands/tables/inspect.ts';
import { EXIT } from '../exit-code.ts';
import type {
  TablesBuildJson,
  TablesCheckJson,
  TablesDecodeJson,
  TablesListJson,
  TablesWalkJson,
} from '../json/tables.ts';
import { type Fact, factLines } from './facts.ts';
import { amount, count, hex } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { type Column, layOutTable, paragraph } from './table.ts';

const spaceText = ({ regime, granule, vaBits, paBits = 48, half }: Space): string =>
  `${regime}, ${granule} pages, ${vaBits} bits of input, ${paBits} of output${half === 'upper' ? ', upper half' : ''}`;

const pageAddress = (space: Space, page: number): bigint => BigInt(page) << BigInt(geometryOf(space.granule).pageShift);

/** Tables that were built: how many, and the registers that turn them on. */
export const buildView: View<BuiltTables> = {
  text: ({ space, mappings, tables, base, registers, written }, page) => {
    const mapped = mappings.reduce((sum, { size }) => sum + size, 0n);
    const facts: Fact[] = [
      ['space', spaceText(space)],
      ['mapped', `${amount(mapped)} by ${count(mappings.length)} mapping${mappings.length === 1 ? '' : 's'}`],
      ['tables', `${count(tables)}, ${amount(pageAddress(space, tables))}, at ${hex(base)}`],
      ['TTBR', hex(registers.ttbr)],
      [space.regime === 'stage2' ? 'VTCR' : 'TCR', hex(registers.tcr)],
      ['MAIR', space.regime === 'stage2' ? undefined : hex(registers.mair)],
      ['written', written && `${count(written.bytes)} bytes to ${inLine(written.file)}`],
    ];
    return `${factLines(facts, page).join('\n')}\n`;
  },
  bytes: ({ output, written }) => (written === undefined ? output : undefined),
  json: ({ space, mappings, tables, base, registers, written }): TablesBuildJson => ({
    space,
    base,
    registers,
    ...(written && { written }),
    totals: {
      mappings: mappings.length,
      mappedBytes: mappings.reduce((sum, { size }) => sum + size, 0n),
      tables,
      tableBytes: Number(pageAddress(space, tables)),
    },
  }),
};

const STEPS: readonly Column[] = [
  { heading: 'level', align: 'right' },
  { heading: 'entry', align: 'left' },
  { heading: 'descriptor', align: 'left' },
  { heading: 'what', align: 'left' },
];

/** Each step of walks, and where they ended. */
export const walkView: View<Walks> = {
  text: ({ space, walks }, page) => walks.map((each) => walkText(space, each, page)).join('\n'),
  json: ({ space, walks }): TablesWalkJson => ({
    space,
    walks: walks.map(({ va, result, par }) => ({
      address: va,
      ...(result.kind === 'mapped'
        ? {
            kind: result.kind,
            output: outputOf(space, va, result.frame),
            attributes: result.attributes,
            isContiguous: result.contiguous,
          }
        : { kind: result.kind }),
      level: result.level,
      ...(par !== undefined && { par }),
      steps: result.steps.map((step) => ({
        level: step.level,
        entry: entryOf(space, step),
        descriptor: valueOfStep(step),
        what: stepText(space, step),
      })),
    })),
    totals: { walks: walks.length, faults: walks.filter(({ result }) => result.kind !== 'mapped').length },
  }),
  exitCode: ({ walks }) => (walks.some(({ result }) => result.kind !== 'mapped') ? EXIT.no : EXIT.done),
};

function walkText(space: Space, { va, result, par }: WalkedAddress, page: Page): string {
  const { color, signs } = page;
  const rows = result.steps.map((step) => [
    String(step.level),
    hex(entryOf(space, step)),
    `0x${valueOfStep(step).toString(16).padStart(16, '0')}`,
    stepText(space, step),
  ]);
  const end =
    result.kind === 'mapped'
      ? color.green(
          paragraph(
            `${hex(va)} ${signs.arrow} ${hex(outputOf(space, va, result.frame))}, ${attributesText(result.attributes)}`,
            page,
            `${signs.good} `,
          ),
        )
      : color.red(
          paragraph(`${hex(va)}: ${result.kind.replaceAll('-', ' ')} at level ${result.level}`, page, `${signs.bad} `),
        );
  const facts = factLines([['PAR', par === undefined ? undefined : hex(par)]], page);
  return `${[end, ...facts].join('\n')}\n${rows.length === 0 ? '' : layOutTable(STEPS, rows, page)}`;
}

const entryOf = (space: Space, { table, index }: WalkStep): bigint => pageAddress(space, table) + BigInt(8 * index);
const valueOfStep = ({ low, high }: WalkStep): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** What the type of a descriptor is, as its last field says. */
const stepText = (space: Space, { level, low, high }: WalkStep): string =>
  explainDescriptor(space, level, low, high).at(-1)?.meaning ?? '';

const outputOf = (space: Space, va: bigint, frame: number): bigint =>
  pageAddress(space, frame) + (va & (pageAddress(space, 1) - 1n));

const RUNS: readonly Column[] = [
  { heading: 'from', align: 'left' },
  { heading: 'to', align: 'left' },
  { heading: 'size', align: 'right' },
  { heading: 'output', align: 'left' },
  { heading: 'what', align: 'left' },
];

/** All that tables map. */
export const listView: View<Listed> = {
  text: ({ space, runs, tables }, page) => {
    const rows = runs.map((run) => {
      const { start, end, bytes, output } = rangeOf(space, run);
      return [hex(start), hex(end), amount(bytes), hex(output), attributesText(run.attributes)];
    });
    const shown =
      rows.length === 0 ? paragraph('nothing is mapped', page, '  ').concat('\n') : layOutTable(RUNS, rows, page);
    const totals = `${amount(mappedBytes(space, runs))} mapped in ${count(runs.length)} ranges by ${count(tables.length)} tables`;
    return `${shown}\n${paragraph(totals, page, '  ')}\n`;
  },
  json: ({ space, runs, tables }): TablesListJson => ({
    space,
    ranges: runs.map((run) => ({ ...rangeOf(space, run), attributes: run.attributes })),
    tables: tables.map((table) => pageAddress(space, table)),
    totals: { ranges: runs.length, mappedBytes: mappedBytes(space, runs), tables: tables.length },
  }),
};

const mappedBytes = (space: Space, runs: readonly PageRun[]): bigint =>
  runs.reduce((sum, { pages }) => sum + pageAddress(space, pages), 0n);

function rangeOf(
  space: Space,
  { page, frame, pages }: PageRun,
): { start: bigint; end: bigint; bytes: bigint; output: bigint } {
  const start = addressInSpace(space, page);
  const bytes = pageAddress(space, pages);
  return { start, end: start + bytes - 1n, bytes, output: pageAddress(space, frame) };
}

/** What should not be in tables. */
export const checkView: View<CheckedTables> = {
  text: ({ findings, knowsRam }, page) => {
    const { color, signs } = page;
    const lines = findings.map(({ code, severity, range, pa, other, advice }) => {
      const where = [
        ...(range ? [`${hex(range.start)} to ${hex(range.end)}`] : []),
        ...(other ? [`and ${hex(other.start)} to ${hex(other.end)}`] : []),
        ...(pa === undefined ? [] : [`at ${hex(pa)}`]),
      ].join(' ');
      const [sign, paint] = severity === 'error' ? [signs.bad, color.red] : [signs.warning, color.yellow];
      return paint(paragraph(`${code}: ${where}: ${advice}`, page, `${sign} `));
    });
    if (lines.length === 0)
      lines.push(color.green(paragraph('nothing is wrong with these tables', page, `${signs.good} `)));
    if (!knowsRam) lines.push(paragraph('where RAM is was not known: --iomem says it', page, '  '));
    return `${lines.join('\n')}\n`;
  },
  json: ({ findings, knowsRam }): TablesCheckJson => ({
    findings,
    knowsRam,
    totals: {
      findings: findings.length,
      errors: findings.filter(({ severity }) => severity === 'error').length,
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
    },
  }),
  exitCode: ({ findings }) => (findings.length === 0 ? EXIT.done : EXIT.no),
};

const FIELDS: readonly Column[] = [
  { heading: 'bits', align: 'right' },
  { heading: 'field', align: 'left' },
  { heading: 'value', align: 'right' },
  { heading: 'meaning', align: 'left' },
];

/** A value, field by field. */
export const decodeView: View<DecodedValue> = {
  text: ({ value, what, fields }, page) => {
    const rows = fields.map(({ bits, name, value: part, meaning }) => [bits, name, hex(part), meaning]);
    return `${paragraph(`${hex(value)}: ${what}`, page)}\n${layOutTable(FIELDS, rows, page)}`;
  },
  json: (decoded): TablesDecodeJson => decoded,
};
