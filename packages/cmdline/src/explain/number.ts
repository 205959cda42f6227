import { DIGIT_0 } from '../characters.ts';
import type { FindingDraft } from '../finding.ts';
import { MAX_U64, memparse } from '../number.ts';
import type { Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import type { ExplainContext } from './context.ts';

/** Numbers that are not what they look like. */
export function checkNumbers(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { line } = context;
  const { clauses, valueStart, baseAt } = occurrence;
  if (clauses.length === 0) checkNumber(context, valueStart, drafts);
  for (const { start, sizeStart } of clauses) {
    checkNumber(context, start, drafts);
    const dash = line.indexOf('-', start);
    if (dash + 2 < sizeStart) checkNumber(context, dash + 1, drafts);
    checkNumber(context, sizeStart, drafts);
  }
  if (baseAt >= 0) checkNumber(context, baseAt + 1, drafts);
}

function checkNumber({ line, kernel }: ExplainContext, start: number, drafts: FindingDraft[]): void {
  const first = line.charCodeAt(start) - DIGIT_0;
  if (first > 0 && first <= 9 && isShort(line, start)) return;
  const { value, consumed } = memparse(line, kernel, start);
  const end = start + consumed;
  const text = line.slice(start, end);
  const octal = /^0+[0-7]+/.exec(text);
  if (octal && value !== 0n) drafts.push(octalNumber(start, end, text, value));
  const exact = exactValue(text);
  if (exact !== null && exact > MAX_U64) drafts.push(overflow(start, end, text, value));
}

/** At most four digits, and no unit above G: what nearly every number is. */
function isShort(line: string, start: number): boolean {
  let at = start;
  while (isDigit(line.charCodeAt(at))) at++;
  return at - start < 5 && !isLarge(line.charCodeAt(at) | 0x20);
}

/** T, P and E. */
function isLarge(lower: number): boolean {
  return lower === 0x74 || lower === 0x70 || lower === 0x65;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code < DIGIT_0 + 10;
}

function octalNumber(start: number, end: number, text: string, value: bigint): FindingDraft {
  return {
    code: 'octal',
    severity: 'trap',
    start,
    end,
    message: `a leading 0 makes ${text} octal`,
    linux: `Linux reads ${formatSize(value)}.`,
    fix: [{ start, end, text: text.replace(/^0+/, '') }],
  };
}

function overflow(start: number, end: number, text: string, value: bigint): FindingDraft {
  return {
    code: 'overflow',
    severity: 'trap',
    start,
    end,
    message: `${text} does not fit in 64 bits`,
    linux: `Linux reads 0x${value.toString(16)}.`,
    fix: [],
  };
}

const SHIFTS = 'kmgtpe';

/** The number that was written, without a limit; null for a text without digits or one too long to be meant. */
function exactValue(text: string): bigint | null {
  const parts = /^(0x[0-9a-f]+|[0-9]+)([kmgtpe]?)$/i.exec(text);
  const [, digits = '', unit = ''] = parts ?? [];
  if (digits === '' || digits.length > 40) return digits === '' ? null : MAX_U64 + 1n;
  const octal = /^0[0-7]+$/.test(digits);
  return (
    BigInt(octal ? `0o${digits.slice(1)}` : digits) << BigInt(10 * (SHIFTS.indexOf(unit.toLowerCase() || '-') + 1))
  );
}
