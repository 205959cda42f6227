import { type FindingDraft, quote } from '../finding.ts';
import { KERNELS } from '../kernel.ts';
import type { Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { ALIGN, type ExplainContext, NOTHING } from './context.ts';

/** Less is taken for a unit that was left out. */
const MIB = 0x10_0000n;

/** Sizes that are nothing, tiny, or more than there is. */
export function checkSize(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { size, complaint, form, clauses, suffix, valueStart } = occurrence;
  if (complaint) return [];
  const clause = clauses.find(({ matched }) => matched);
  if (form === 'ranges' && !clause) return [];
  const start = clause?.sizeStart ?? valueStart;
  const end = clause?.end ?? occurrence.sizeEnd;
  const text = context.line.slice(start, end);
  const draft = { severity: 'error', start, end } as const;
  if (size === 0n) return suffix === ',low' ? [] : [zeroSize(context, occurrence, start, end)];
  if (size >= context.ram && suffix !== ',low' && suffix !== ',cma') {
    const message = `${text} is not less than the machine's RAM (${formatSize(context.ram)})`;
    const linux =
      KERNELS[context.kernel].checksRam ? `${NOTHING}, without a message.` : 'Linux fails to reserve it, with a message.';
    return [{ ...draft, code: 'too-large', message, linux, fix: [smaller(context, start, end)] }];
  }
  if (size < MIB) {
    const message = `${text} is ${size} bytes: no unit, no room for a kernel`;
    const linux = `Linux reserves a page multiple of just that.`;
    return [{ ...draft, code: 'tiny', severity: 'trap', message, linux, fix: withUnit(text, start, end) }];
  }
  return [];
}

function withUnit(text: string, start: number, end: number): FindingDraft['fix'] {
  return /^[1-9][0-9]{1,4}$/.test(text) ? [{ start, end, text: `${text}M` }] : [];
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

/** Half of RAM in place of a size that is too large. */
export function smaller({ ram }: ExplainContext, start: number, end: number): FindingDraft['fix'][number] {
  const half = (ram / 2n) & ~(ALIGN - 1n);
  return { start, end, text: formatSize(half > 0n ? half : ram / 2n) };
}
