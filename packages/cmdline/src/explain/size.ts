import { type Edit, type FindingDraft, quote } from '../finding.ts';
import { KERNELS } from '../kernel.ts';
import type { Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { type ExplainContext, NOTHING } from './context.ts';

/** Less is taken for a unit that was left out. */
const MIB = 0x10_0000n;

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
    const message = `${text} is ${size} bytes: no unit, no room for a kernel`;
    const linux = `Linux reserves a page multiple of just that.`;
    const fix = withUnits(context.line, occurrence, start, end);
    drafts.push({ ...draft, code: 'tiny', severity: 'trap', message, linux, fix });
  }
}

/** Numbers of a few digits were meant as MiB: all of a list, as one who leaves out a unit leaves out all. */
function withUnits(line: string, { clauses }: Occurrence, start: number, end: number): Edit[] {
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
