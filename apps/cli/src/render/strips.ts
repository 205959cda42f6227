import { type Role, type RoleSpan, type Strip, stripsOf } from '@kexeckit/ioport';
import { amount, hex } from './format.ts';
import type { Page } from './page.ts';

/** What a role is drawn with. Regions for kernels are letters, that they are seen without colours. */
export function signOf(role: Role, { signs, color }: Page): string {
  const [full, dark, medium, light] = signs.blocks;
  const paints: Readonly<Record<Role, string>> = {
    usable: color.green(light),
    reserved: color.yellow(medium),
    'no-map': color.magenta(dark),
    firmware: color.magenta(full),
    'running kernel': color.cyan(color.bold('K')),
    'crash region': color.red(color.bold('C')),
    'kexec region': color.blue(color.bold('X')),
    'driver-managed': color.yellow('D'),
    device: color.dim('d'),
    unknown: color.dim('?'),
  };
  return paints[role];
}

const INDENT = '  ';
/** The longest strip takes so many lines. */
const LINES = 2;
/** Strips of a picture. */
const MOST = 8;

/** The memory of a map: lines of one scale, with addresses before them, and what is left out between them. */
export function stripsText(spans: readonly RoleSpan[], page: Page): string {
  const digits = spans.reduce((most, { role, end }) => Math.max(most, role === 'device' ? 0 : hex(end).length), 0);
  const width = Math.max(page.pictureWidth - 2 * INDENT.length - digits, 8);
  const { strips, cellSize } = stripsOf(spans, { cells: width * LINES, most: MOST });
  if (strips.length === 0) return `${INDENT}no memory is listed`;
  const lines = strips.flatMap((strip) => [
    ...stripLines(strip, cellSize, width, digits, page),
    ...gapLines(strip, digits, page),
  ]);
  return [...lines, `${INDENT}${page.color.dim(`one sign is ${amount(cellSize)}`)}`].join('\n');
}

function stripLines({ start, cells }: Strip, cellSize: bigint, width: number, digits: number, page: Page): string[] {
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += width) {
    const row = cells.slice(at, at + width).map((role) => (role === null ? ' ' : signOf(role, page)));
    lines.push(`${INDENT}${hex(start + BigInt(at) * cellSize).padStart(digits)}${INDENT}${row.join('')}`.trimEnd());
  }
  return lines;
}

const gapLines = ({ gap }: Strip, digits: number, { color, signs }: Page): string[] =>
  gap === 0n
    ? []
    : [`${INDENT}${' '.repeat(digits)}${INDENT}${color.dim(`${signs.ellipsis} ${amount(gap)} without memory`)}`];
