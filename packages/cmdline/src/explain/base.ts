import { type FindingDraft, quote } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import { ALIGN, type ExplainContext } from './context.ts';

/** What follows an @. */
export function checkBase(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { baseAt, baseEnd, base, end, form, complaint } = occurrence;
  if (baseAt < 0 || complaint) return [];
  const { line } = context;
  const draft = { severity: 'trap', start: baseAt, end } as const;
  if (baseEnd === baseAt + 1) {
    const message = `${quote(line.slice(baseAt, end))} holds no address`;
    const linux = 'Linux takes it for address 0, that is anywhere, without a message.';
    return [{ ...draft, code: 'base-missing', message, linux, fix: [{ start: baseAt, end, text: '' }] }];
  }
  const drafts: FindingDraft[] = [];
  if (baseEnd < end) {
    const unread = line.slice(baseEnd, end);
    const list = form === 'ranges' || unread.includes(':');
    const message = `${quote(unread)} follows the address${list ? ': an offset ends the list' : ''}`;
    const linux = 'Linux ignores it, without a message.';
    drafts.push({
      ...draft,
      code: 'base-junk',
      start: baseEnd,
      message,
      linux,
      fix: [{ start: baseEnd, end, text: '' }],
    });
  }
  if (base === 0n) {
    const linux = 'Linux chooses the place itself.';
    const fix = [{ start: baseAt, end: baseEnd, text: '' }];
    drafts.push({
      ...draft,
      code: 'base-zero',
      severity: 'note',
      end: baseEnd,
      message: '@0 means anywhere',
      linux,
      fix,
    });
  } else if (base % ALIGN !== 0n) {
    const aligned = base - (base % ALIGN) + ALIGN;
    const message = `0x${base.toString(16)} is not a multiple of 2 MiB, as arm64 needs`;
    const linux = 'arm64 Linux refuses it when it reserves, and boots without.';
    const fix = [{ start: baseAt + 1, end: baseEnd, text: `0x${aligned.toString(16)}` }];
    drafts.push({ ...draft, code: 'base-misaligned', end: baseEnd, message, linux, fix });
  }
  return drafts;
}
