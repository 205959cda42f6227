import { type Edit, type FindingDraft, quote } from '../finding.ts';
import { KERNELS } from '../kernel.ts';
import type { Clause, Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { type ExplainContext, NOTHING } from './context.ts';
import { hasUnit } from './plain.ts';

/** Less is taken for a unit that was left out. */
export const MIB: bigint = 0x10_0000n;
/** Clauses of a list that are looked at: people write no more. */
export const MOST = 32;

/** Sizes that are nothing, tiny, or more than there is. */
export function checkSize(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { size, complaint, form, clauses, suffix, valueStart } = occurrence;
  if (complaint) return;
  const clause = clauses.find(({ matched }) => matched);
  if (form === 'ranges' && !clause) return;
  if (size >= MIB && size < context.ram) return;
  const start = clause?.sizeStart ?? valueStart;
  const end = clause?.end ?? occurrence.sizeEnd;
  const text = context.line.slice(start, end);
  const draft = { severity: 'error', start, end } as const;
  if (size === 0n) {
    if (suffix !== ',low') drafts.push(zeroSize(context, occurrence, start, end));
  } else if (size >= context.ram && suffix !== ',low' && suffix !== ',cma') {
    const message = `${text} is not less than the machine's RAM (${formatSize(context.ram)})`;
    const linux = KERNELS[context.kernel].checksRam
      ? `${NOTHING}, without a message.`
      : 'Linux fails to reserve it, with a message.';
    drafts.push({ ...draft, code: 'too-large', message, linux, fix: [] });
  } else if (size < MIB) {
    drafts.push(tiny(context.line, occurrence, clause ?? { sizeStart: start, end, size }));
  }
}

/** A size of a few bytes, for this machine or for others. */
export function tiny(
  line: string,
  occurrence: Occurrence,
  { sizeStart: start, end, size }: Pick<Clause, 'sizeStart' | 'end' | 'size'>,
): FindingDraft {
  const text = line.slice(start, end);
  return {
    code: 'tiny',
    severity: occurrence.used ? 'trap' : 'note',
    start,
    end,
    message: `${text} is ${size} bytes: ${hasUnit(text) ? '' : 'no unit, '}no room for a kernel`,
    linux: 'Linux reserves a page multiple of just that.',
    fix: withUnits(line, occurrence, start, end),
  };
}

/** Numbers of a few digits were meant as MiB: all of a list, as one who leaves out a unit leaves out all. */
function withUnits(line: string, { clauses }: Occurrence, start: number, end: number): Edit[] {
  if (clauses.length > MOST) return [];
  const places = clauses.length > 0 ? clauses.map(({ sizeStart, end: stop }) => [sizeStart, stop] as const) : [];
  const sizes = places.length > 0 ? places : [[start, end] as const];
  return sizes.flatMap(([from, to]) => {
    const text = line.slice(from, to);
    // What stands directly behind could be the rest of the number: `16OM`.
    const isWhole = to === line.length || /[ ,;@]/.test(line.charAt(to));
    return isWhole && /^[1-9][0-9]{1,3}$/.test(text) ? [{ start: from, end: to, text: `${text}M` }] : [];
  });
}

function zeroSize(context: ExplainContext, { form, suffix }: Occurrence, start: number, end: number): FindingDraft {
  const message = form === 'ranges' ? 'this range asks for 0 bytes' : 'the size is 0';
  const prints =
    form === 'ranges' ? ` and prints ${quote(`${context.name} size resulted in zero bytes`)}` : ', without a message';
  return {
    code: 'zero',
    severity: suffix === ',cma' ? 'note' : 'error',
    start,
    end,
    message,
    linux: `${NOTHING}${prints}.`,
    fix: [],
  };
}
