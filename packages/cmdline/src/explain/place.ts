import { type FindingDraft, quote } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import type { TokenizedLine } from '../token.ts';

/** Where an occurrence stands: Linux looks for the bare text and knows neither words, quotes nor `--`. */
export function checkPlace(
  line: string,
  name: string,
  occurrence: Occurrence,
  tokenized: TokenizedLine,
): FindingDraft[] {
  const { start, end, used } = occurrence;
  const { dashdash, initStart } = tokenized;
  const drafts: FindingDraft[] = [];
  if (dashdash && start >= initStart) {
    drafts.push({
      code: 'after-dashdash',
      severity: used ? 'trap' : 'note',
      start,
      end,
      message: `${name}= comes after --, where parameters belong to init`,
      linux: used ? 'Linux uses it all the same.' : 'Linux sees it all the same.',
      fix: [
        { start: dashdash.start, end: dashdash.start, text: `${line.slice(start, end)} ` },
        { start, end, text: '' },
      ],
    });
    return drafts;
  }
  const holder = tokenized.tokens.find((token) => token.start <= start && start < token.end);
  if (!holder || holder.start === start) return drafts;
  if (holder.start + 1 === start && line.charAt(holder.start) === '"') {
    drafts.push({
      code: 'quoted',
      severity: 'trap',
      start: holder.start,
      end: holder.end,
      message: `quotes around ${name}= are not removed for it`,
      linux: 'Linux takes a closing quote for a part of the value.',
      fix: [{ start: holder.start, end: holder.end, text: line.slice(start, holder.end).replaceAll('"', '') }],
    });
    return drafts;
  }
  drafts.push({
    code: 'substring',
    severity: 'trap',
    start: holder.start,
    end,
    message: `${name}= is only a part of ${quote(line.slice(holder.start, Math.min(holder.end, end)))}`,
    linux: 'Linux searches the line for the bare text and takes it for the parameter.',
    fix: holder.param.endsWith(name) ? [{ start: holder.start, end: start, text: '' }] : [],
  });
  return drafts;
}
