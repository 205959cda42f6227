import { isBlank } from '../bytes.ts';
import { type Edit, type FindingDraft, quote } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import type { Token, TokenizedLine } from '../token.ts';
import type { ExplainContext } from './context.ts';
import { isQuote, isTorn } from './word.ts';

/**
 * Where an occurrence stands: Linux looks for the bare text and knows neither words, quotes nor `--`. True where it is a part of
 * another parameter, in which there is nothing to mend.
 */
export function checkPlace(
  { line, name }: ExplainContext,
  occurrence: Occurrence,
  tokenized: () => TokenizedLine,
  drafts: FindingDraft[],
): boolean {
  const { start, end, used } = occurrence;
  const isWord = start === 0 || isBlank(line.charCodeAt(start - 1));
  if (isWord && isSimple(line, start)) return false;
  const { dashdash, initStart, tokens } = tokenized();
  if (dashdash && start >= initStart) {
    drafts.push({
      code: 'after-dashdash',
      severity: used ? 'trap' : 'note',
      start,
      end,
      message: `${name}= comes after --, where parameters belong to init`,
      linux: used ? 'Linux uses it all the same.' : 'Linux sees it all the same.',
      // Inside of a word it is a part of what belongs to init; what a blank tore apart is to be put together first.
      fix:
        !isWord || isTorn(line, end)
          ? []
          : [
              { start: dashdash.start, end: dashdash.start, text: `${line.slice(start, end)} ` },
              { start, end, text: '' },
            ],
    });
    return !isWord;
  }
  const holder = tokens.find((token) => token.start <= start && start < token.end);
  if (!holder || holder.start === start) return false;
  if (holder.start + 1 === start && line.charAt(holder.start) === '"') {
    const text = line.slice(start, holder.end).replaceAll('"', '');
    drafts.push(quoted(name, holder, [{ start: holder.start, end: holder.end, text }]));
    return false;
  }
  const opening = line.slice(holder.start, start);
  if (isQuote(opening) && isQuote(line.slice(holder.end - opening.length, holder.end)) && holder.end === end) {
    const front = { start: holder.start, end: start, text: '' };
    drafts.push(quoted(name, holder, [front, { start: end - opening.length, end, text: '' }]));
    return false;
  }
  // In a value it is that of another parameter.
  const isEnding = line.indexOf('=', holder.start) === start + name.length;
  // More than a letter says something: `no_`, `#`, or what a quote holds.
  const isSlip = isEnding && /^(?:[a-z]|-+)$/i.test(line.slice(holder.start, start));
  drafts.push({
    code: 'substring',
    severity: 'trap',
    start: holder.start,
    end,
    message: `${name}= is only a part of ${quote(line.slice(holder.start, Math.min(holder.end, end)))}`,
    linux: 'Linux searches the line for the bare text and takes it for the parameter.',
    fix: isSlip ? [{ start: holder.start, end: start, text: '' }] : [],
  });
  return !isSlip;
}

function quoted(name: string, { start, end }: Token, fix: Edit[]): FindingDraft {
  return {
    code: 'quoted',
    severity: 'trap',
    start,
    end,
    message: `quotes around ${name}= are not removed for it`,
    linux: 'Linux takes a closing quote for a part of the value.',
    fix,
  };
}

/** Without a quote and a `--` in front, a word is a parameter. */
function isSimple(line: string, before: number): boolean {
  const quoteAt = line.indexOf('"');
  const dashes = line.indexOf('--');
  return (quoteAt < 0 || quoteAt > before) && (dashes < 0 || dashes > before);
}
