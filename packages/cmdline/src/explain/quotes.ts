import type { FindingDraft } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import { skipBlanks, tokenAt } from '../token.ts';
import type { ExplainContext } from './context.ts';
import { isRestOf } from './split.ts';
import { isTorn, QUOTES } from './word.ts';

const OPENS = /^(?:["'`\u2018\u2019\u201c\u201d]|\u00e2\u0080[\u0098\u0099\u009c\u009d])/;

/** Quotes around the value: Linux removes them from other parameters, not from this one. */
export function checkValueQuotes(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { line, name } = context;
  const { valueStart, used } = occurrence;
  const code = line.charCodeAt(valueStart);
  if (code >= 0x30 && code <= 0x39) return;
  if (!OPENS.test(line.slice(valueStart, valueStart + 3))) return;
  const stop = endOfQuoted(line, occurrence);
  const value = line.slice(valueStart, stop ?? occurrence.end);
  const meant = value.replace(QUOTES, '').replaceAll(/[\s\u00a0]+/g, '');
  const isKnown = stop !== undefined && isValue(meant) && skipBlanks(line, valueStart) === valueStart;
  drafts.push({
    code: 'quoted',
    severity: used ? 'error' : 'note',
    start: valueStart,
    end: stop ?? occurrence.end,
    message: `quotes around the value of ${name}= are not removed for it`,
    linux: 'Linux takes the quote for the start of a size, and reserves nothing.',
    fix: isKnown ? [{ start: valueStart, end: stop, text: meant }] : [],
  });
}

/**
 * Where the quoted value ends: where Linux ends it, at the first space, or behind a closing quote if all in front of that is value.
 * Undefined where a quote would be left over that holds other parameters.
 */
function endOfQuoted(line: string, { start, valueStart, end }: Occurrence): number | undefined {
  const quotes = line.slice(valueStart, end).split('"').length - 1;
  if (quotes % 2 === 0 || !line.includes('"', end)) return end;
  const stop = tokenAt(line, start).end;
  const [first = '', ...rest] = line
    .slice(valueStart, stop)
    .replace(QUOTES, '')
    .split(/[\s\u00a0]+/);
  let value = first;
  for (const word of rest) {
    if (!isRestOf(value, word)) return undefined;
    value += word;
  }
  return line.charAt(stop - 1) === '"' && !isTorn(line, stop) ? stop : undefined;
}

function isValue(text: string): boolean {
  return /^[0-9][-0-9a-z.,:;@]*$/i.test(text) || text === 'auto';
}
