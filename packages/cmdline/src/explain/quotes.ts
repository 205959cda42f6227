import type { FindingDraft } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import { skipBlanks, tokenAt } from '../token.ts';
import type { ExplainContext } from './context.ts';

/** Quotes of a keyboard, and of a word processor as characters or as the bytes of UTF-8. */
const QUOTES = /["'`\u2018\u2019\u201c\u201d]|\u00e2\u0080[\u0098\u0099\u009c\u009d]/g;
const OPENS = /^(?:["'`\u2018\u2019\u201c\u201d]|\u00e2\u0080[\u0098\u0099\u009c\u009d])/;

/** Quotes around the value: Linux removes them from other parameters, not from this one. */
export function checkValueQuotes(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { line, name } = context;
  const { start, valueStart, used } = occurrence;
  const code = line.charCodeAt(valueStart);
  if (code >= 0x30 && code <= 0x39) return;
  if (!OPENS.test(line.slice(valueStart, valueStart + 3))) return;
  // The quotes may hold blanks, where Linux stops: the whole quoted text was meant.
  const stop = Math.max(occurrence.end, line.charAt(valueStart) === '"' ? tokenAt(line, start).end : 0);
  const value = line.slice(valueStart, stop);
  const meant = value.replace(QUOTES, '').replaceAll(/[\s\u00a0]+/g, '');
  drafts.push({
    code: 'quoted',
    severity: used ? 'error' : 'note',
    start: valueStart,
    end: stop,
    message: `quotes around the value of ${name}= are not removed for it`,
    linux: 'Linux takes the quote for the start of a size, and reserves nothing.',
    fix:
      isValue(meant) && skipBlanks(line, valueStart) === valueStart
        ? [{ start: valueStart, end: stop, text: meant }]
        : [],
  });
}

function isValue(text: string): boolean {
  return /^[0-9][-0-9a-z.,:;@]*$/i.test(text) || text === 'auto';
}
