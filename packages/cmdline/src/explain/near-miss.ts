import { type FindingDraft, quote } from '../finding.ts';
import type { TokenizedLine } from '../token.ts';

/** Parameters that look as if they were meant. */
export function nearMisses(line: string, name: string, { tokens }: TokenizedLine): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.param.replaceAll(/[-_]/g, '').toLowerCase() !== name) continue;
    if (token.param === name && token.value !== null) continue;
    const { start, end } = token;
    const next = tokens[i + 1];
    if (token.param === name && next && line.charAt(next.start) === '=') {
      drafts.push({
        code: 'blank-before-value',
        severity: 'error',
        start,
        end: next.end,
        message: 'there is a blank before =',
        linux: `Linux sees no ${name}= here, without a message.`,
        fix: [{ start: end, end: next.start, text: '' }],
      });
    } else if (token.param === name) {
      drafts.push({
        code: 'no-value',
        severity: 'error',
        start,
        end,
        message: `${name} needs a value`,
        linux: `Linux sees no ${name}= here, without a message.`,
        fix: [{ start: end, end, text: '=256M' }],
      });
    } else {
      drafts.push({
        code: 'misspelt',
        severity: 'error',
        start,
        end: start + token.param.length,
        message: `${quote(token.param)} is not ${name}: case counts, and here - and _ do too`,
        linux: 'Linux ignores it, without a message.',
        fix: [{ start, end: start + token.param.length, text: name }],
      });
    }
  }
  return drafts;
}
