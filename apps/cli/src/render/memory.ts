import { type JoinedSpan, joinSpans, type Range, type RoleTotal, rangeSize } from '@kexeckit/ioport';
import type { View } from '../commands/command.ts';
import type { Fit, MapSurvey } from '../commands/memory/run.ts';
import { EXIT } from '../exit-code.ts';
import type { MemoryJson } from '../json/memory.ts';
import { amount, hex } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { signOf, stripsText } from './strips.ts';
import { layOutTable, paragraph } from './table.ts';

/** How `kexeckit memory` shows a map. */
export const memoryView: View<MapSurvey> = {
  text: memoryText,
  json: memoryJson,
  problem: ({ fits }) => {
    const missing = fits.filter(({ place }) => place === undefined).map(({ size }) => amount(size));
    return missing.length === 0 ? undefined : `there is no room for ${missing.join(', ')} in one piece`;
  },
  exitCode: ({ fits }) => (fits.every(({ place }) => place !== undefined) ? EXIT.done : EXIT.no),
};

/** Rows that a person reads. */
const ROWS = 30;
/** Holes that are told. */
const HOLES = 5;

function memoryText(survey: MapSurvey, page: Page): string {
  const { from, spans, totals, holes, all, notes, fits } = survey;
  const rows = joinSpans(spans, all ? Number.POSITIVE_INFINITY : ROWS);
  const joined = spans.length - rows.length;
  const parts = [
    [
      paragraph(`${page.color.bold('kexeckit memory')}: ${inLine(from)}, ${spans.length} ranges`, page),
      ...notes.map((note) => paragraph(inLine(note), page, `${page.signs.warning} `)),
    ].join('\n'),
    stripsText(spans, page),
    totalsText(totals, page),
    rowsText(rows, page),
    ...(joined > 0 ? [paragraph('small neighbours are joined: --all lists each', page, '  ')] : []),
    holesText(holes, page),
    ...(fits.length > 0 ? [fits.map((fit) => fitText(fit, page)).join('\n')] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function totalsText(totals: readonly RoleTotal[], page: Page): string {
  const rows = totals.map(({ role, size, count }) => [
    role === 'device' || role === 'unknown' ? ' ' : signOf(role, page),
    role,
    amount(size),
    String(count),
  ]);
  const columns = [
    { heading: '', align: 'left' },
    { heading: 'what for', align: 'left' },
    { heading: 'size', align: 'right' },
    { heading: 'ranges', align: 'right' },
  ] as const;
  return layOutTable(columns, rows, page).trimEnd();
}

/** Columns for ends and names need so much room. */
const WIDE = 76;

function rowsText(rows: readonly JoinedSpan[], page: Page): string {
  const isWide = page.width >= WIDE;
  const columns = [
    { heading: 'from', align: 'right' },
    ...(isWide ? [{ heading: 'to', align: 'right' } as const] : []),
    { heading: 'size', align: 'right' },
    { heading: 'what for', align: 'left' },
    { heading: 'name', align: 'left' },
  ] as const;
  const cells = rows.map((row) => {
    const { start, end, parts } = row;
    const size = amount(parts.reduce((sum, part) => sum + part.size, 0n));
    return [hex(start), ...(isWide ? [hex(end)] : []), size, rolesOf(row, page), nameOf(row)];
  });
  return layOutTable(columns, cells, page).trimEnd();
}

function rolesOf({ parts }: JoinedSpan, { signs }: Page): string {
  const [only, ...others] = parts;
  const times = ({ role, count }: RoleTotal): string => (count === 1 ? role : `${count} ${signs.times} ${role}`);
  if (only !== undefined && others.length === 0) return times(only);
  return parts.map((part) => `${times(part)} ${amount(part.size)}`).join(', ');
}

/** The name of one range, or of many that share it; what a role says, no name repeats. */
function nameOf({ parts, name }: JoinedSpan): string {
  const [only, ...others] = parts;
  return name === null || only === undefined || others.length > 0 || only.role === name ? '' : inLine(name);
}

function holesText(holes: readonly Range[], page: Page): string {
  if (holes.length === 0) return 'Nothing in it is free.';
  const columns = [
    { heading: 'size', align: 'right' },
    { heading: 'from', align: 'right' },
    { heading: 'to', align: 'right' },
  ] as const;
  const rows = holes.slice(0, HOLES).map((hole) => [amount(rangeSize(hole)), hex(hole.start), hex(hole.end)]);
  return `${page.color.bold('The largest pieces that are free')}\n${layOutTable(columns, rows, page).trimEnd()}`;
}

function fitText(fit: Fit, page: Page): string {
  const { size, align, below, place, largest, asCrash } = fit;
  const wish = `${amount(size)} at a multiple of ${amount(align)}${below === undefined ? '' : ` below ${hex(below)}`}`;
  const { good, bad } = page.signs;
  if (place === undefined)
    return paragraph(`${wish}: no; at most ${amount(largest)} would fit so`, page, `${page.color.red(bad)} `);
  const { lowest, highest } = place;
  const where = lowest === highest ? `at ${hex(lowest)}` : `from ${hex(lowest)} to ${hex(highest)}`;
  const lines = [paragraph(`${wish}: yes, ${where}`, page, `${page.color.green(good)} `)];
  if (asCrash !== undefined) lines.push(paragraph(crashText(asCrash), page, '  '));
  return lines.join('\n');
}

/** Where Linux would put it, if the memory were as it is now. */
function crashText({ regions, refusal }: NonNullable<Fit['asCrash']>): string {
  if (refusal !== null) return `crashkernel= of that size is refused: ${refusal.message}; ${refusal.hint}`;
  const places = regions.map(
    ({ kind, start, end }) => `${hex(start)} to ${hex(end)}${kind === 'low' ? ' (low memory)' : ''}`,
  );
  return `crashkernel= of that size takes ${places.join(' and ')}, by the newest rules in what is free here`;
}

function memoryJson({ from, spans, totals, holes, notes, fits }: MapSurvey): MemoryJson {
  return {
    from,
    notes,
    roles: totals.map(({ role, size, count }) => ({ role, bytes: Number(size), ranges: count })),
    ranges: spans.map(({ start, end, role, name }) => ({
      start,
      end,
      bytes: Number(rangeSize({ start, end })),
      role,
      name,
    })),
    holes: holes.map((hole) => ({ ...hole, bytes: Number(rangeSize(hole)) })),
    fits: fits.map(({ size, align, below, place, largest, asCrash }) => ({
      bytes: Number(size),
      alignBytes: Number(align),
      ...(below !== undefined && { below }),
      fits: place !== undefined,
      ...place,
      largestBytes: Number(largest),
      ...(asCrash && {
        crashkernel: {
          regions: asCrash.regions.map(({ kind, start, end }) => ({ kind, start, end })),
          refusal: asCrash.refusal?.message ?? null,
        },
      }),
    })),
    totals: {
      ranges: spans.length,
      bytes: Number(totals.reduce((sum, { size }) => sum + size, 0n)),
      holes: holes.length,
      freeBytes: Number(holes.reduce((sum, hole) => sum + rangeSize(hole), 0n)),
      fits: fits.length,
      missing: fits.filter(({ place }) => place === undefined).length,
    },
  };
}
