import { type Edit, type FindingDraft, quote } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import { ALIGN, type ExplainContext } from './context.ts';
import { isStray, isUnclear, readable } from './plain.ts';

/** arm64 has no RAM from here on. */
const NO_ADDRESS = 1n << 52n;

/** Whether arm64 can reserve there; 0 stands for anywhere. */
export function isPlace(base: bigint, size: bigint): boolean {
  return base === 0n || (base % ALIGN === 0n && base + size <= NO_ADDRESS);
}

/** What follows an @. */
export function checkBase(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { baseAt, baseEnd, base, size, end, form, complaint } = occurrence;
  if (baseAt < 0 || complaint) return;
  const { line } = context;
  const draft = { severity: 'trap', start: baseAt, end } as const;
  const linux = 'arm64 Linux refuses it when it reserves, and boots without.';
  const refused = { severity: 'error', start: baseAt, end: baseEnd, linux } as const;
  if (baseEnd === baseAt + 1) {
    const message = `${quote(line.slice(baseAt, end))} holds no address`;
    const linux = 'Linux takes it for address 0, that is anywhere, without a message.';
    drafts.push({ ...draft, code: 'base-missing', message, linux, fix: cutPlain(line, baseAt, end) });
    return;
  }
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
      fix: mendTail(line, baseAt + 1, baseEnd, end),
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
    const message = `0x${base.toString(16)} is not a multiple of 2 MiB, as arm64 needs`;
    const fix = mendBase(line.slice(baseAt + 1, baseEnd), baseAt + 1);
    drafts.push({ ...refused, code: 'base-misaligned', message, fix });
  } else if (!isPlace(base, size)) {
    const message = `0x${base.toString(16)} is beyond what arm64 can address (52 bits)`;
    drafts.push({ ...refused, code: 'base-beyond', message, fix: [] });
  }
}

/** Cuts what holds no number: another address, or a clause, could be what was meant. */
export function cutPlain(line: string, start: number, end: number): Edit[] {
  return /[0-9]/.test(line.slice(start, end)) ? [] : [{ start, end, text: '' }];
}

/** An address has no fraction; letters behind it can be a slip in the number, as in sizes. */
function mendTail(line: string, start: number, baseEnd: number, end: number): Edit[] {
  const text = line.slice(start, end);
  const [letters = ''] = /^[a-z]+/i.exec(line.slice(baseEnd, end)) ?? [];
  if (!isStray(line.slice(start, baseEnd), letters)) return [];
  if (!/^\d{1,6}\.\d{1,6}[mgt]$/i.test(text) || isUnclear(text)) return cutPlain(line, baseEnd, end);
  return [{ start, end, text: readable(text) }];
}

/** Plain digits that are an aligned address with the 0x that was left out; any other place could hold anything. */
function mendBase(text: string, start: number): Edit[] {
  const isHex = /^[0-9]{1,16}$/.test(text) && BigInt(`0x${text}`) % ALIGN === 0n && BigInt(`0x${text}`) < NO_ADDRESS;
  return isHex ? [{ start, end: start, text: '0x' }] : [];
}
