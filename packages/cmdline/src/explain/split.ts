import { type FindingDraft, quote } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import type { ExplainContext } from './context.ts';
import { meantClause, SEPARATOR } from './plain.ts';
import { tornPart } from './word.ts';

const SUFFIX_WORD = /^,?(high|low|cma)$/i;
const UNIT_WORD = /^[kmgt](?:i?b)?(?:,(?:high|low|cma))?(?:@[0-9][0-9a-fxkmgt]*)?$/i;
/** As much of the line as one word of a value can take. */
const WORD_MAX = 200;

/** A space inside the value, which ends it for Linux: `1G-4G:256M, 4G-:512M`, `256 M`. */
export function checkSplit(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { line } = context;
  const { valueStart, end } = occurrence;
  if (end >= line.length || valueStart === end) return;
  const [, blanks = '', word = ''] = /^( +)([^ ]+)/.exec(line.slice(end, end + WORD_MAX)) ?? [];
  const value = line.slice(valueStart, end);
  const isListed = isList(value) && isList(word);
  if (word === '') return;
  if (!isListed && !isRestOf(value, word)) {
    const part = tornPart(line, end);
    if (part !== '') drafts.push(torn(context, occurrence, end + blanks.length + part.length));
    return;
  }
  const stop = end + blanks.length + word.length;
  const fix = [{ start: end, end: end + blanks.length, text: isListed ? ',' : '' }];
  drafts.push({ ...torn(context, occurrence, stop), fix });
}

/** What stands behind the blank is a part of the value; how it was meant to go on is not always plain. */
function torn({ line, name }: ExplainContext, { end, used, complaint }: Occurrence, stop: number): FindingDraft {
  return {
    code: 'blank-inside',
    severity: used && complaint ? 'error' : used ? 'trap' : 'note',
    start: end,
    end: stop,
    message: `${quote(line.slice(end, stop).trim())} is parted from its ${name}= by a blank`,
    linux: 'Linux ends the value at the blank; what follows is another parameter to it.',
    fix: [],
  };
}

/** Whether a word is plainly the rest of a value. */
export function isRestOf(value: string, word: string): boolean {
  if (/^[0-9]+(?:\.[0-9]+)?$/.test(value)) return UNIT_WORD.test(word);
  const separated = /[,;]$/.test(value) || /^[,;]/.test(word);
  if (separated && !value.includes(':')) return /^[0-9.]+[kmgt]?,?$/i.test(value) && SUFFIX_WORD.test(word);
  const last = value.split(SEPARATOR).at(-1) ?? '';
  if (separated) return isList(word.replaceAll(/^[,;]|[,;]$/g, '')) && (last === '' || meantClause(last) !== undefined);
  return /[-:]$/.test(last) && last.includes('-') && isList(last + word);
}

/** Whether a text is clauses and nothing else. */
function isList(text: string): boolean {
  return (text.split('@', 1)[0] ?? '').split(SEPARATOR).every((clause) => meantClause(clause) !== undefined);
}
