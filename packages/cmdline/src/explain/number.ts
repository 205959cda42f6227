import type { FindingDraft } from '../finding.ts';
import { MAX_U64, memparse } from '../number.ts';
import type { Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import type { ExplainContext } from './context.ts';

/** Numbers that are not what they look like. */
export function checkNumbers(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { line, kernel } = context;
  const drafts: FindingDraft[] = [];
  const starts = [occurrence.valueStart];
  for (const clause of occurrence.clauses)
    starts.push(clause.start, line.indexOf('-', clause.start) + 1, clause.sizeStart);
  if (occurrence.baseAt >= 0) starts.push(occurrence.baseAt + 1);
  for (const start of new Set(starts)) {
    const { value, consumed } = memparse(line, kernel, start);
    const end = start + consumed;
    const text = line.slice(start, end);
    const octal = /^0+[0-7]+/.exec(text);
    if (octal && value !== 0n) drafts.push(octalNumber(start, end, text, value));
    const exact = exactValue(text);
    if (exact !== null && exact > MAX_U64) drafts.push(overflow(start, end, text, value));
  }
  return drafts;
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
