import { EQUALS } from '../characters.ts';
import type { Reading } from '../crashkernel.ts';
import { type FindingDraft, quote } from '../finding.ts';
import type { TokenizedLine } from '../token.ts';

/** The names with any dashes, in any case. */
const ALIKE: Readonly<Record<Reading['name'], RegExp>> = {
  crashkernel: /c[-_]*r[-_]*a[-_]*s[-_]*h[-_]*k[-_]*e[-_]*r[-_]*n[-_]*e[-_]*l/gi,
  kexeckernel: /k[-_]*e[-_]*x[-_]*e[-_]*c[-_]*k[-_]*e[-_]*r[-_]*n[-_]*e[-_]*l/gi,
};

/** Whether anything in the line looks like the name but is not `name=`. */
function hasNearMiss(line: string, name: Reading['name']): boolean {
  const alike = ALIKE[name];
  alike.lastIndex = 0;
  for (let match = alike.exec(line); match; match = alike.exec(line)) {
    if (match[0] !== name || line.charCodeAt(match.index + name.length) !== EQUALS) return true;
    if (match.index > 0 && /[-_]/.test(line.charAt(match.index - 1))) return true;
  }
  return false;
}

/** Parameters that look as if they were meant. */
export function checkNearMisses(
  line: string,
  name: Reading['name'],
  tokenized: () => TokenizedLine,
  drafts: FindingDraft[],
  isReserving: boolean,
): void {
  if (!hasNearMiss(line, name)) return;
  const severity = isReserving ? 'trap' : 'error';
  const { tokens } = tokenized();
  for (const [i, token] of tokens.entries()) {
    if (token.param.replaceAll(/[-_]/g, '').toLowerCase() !== name) continue;
    if (token.param === name && token.value !== null) continue;
    const { start, end } = token;
    const next = tokens[i + 1];
    if (token.param === name && next && line.charAt(next.start) === '=') {
      drafts.push({
        code: 'blank-before-value',
        severity,
        start,
        end: next.end,
        message: 'there is a blank before =',
        linux: `Linux sees no ${name}= here, without a message.`,
        fix: [{ start: end, end: next.start, text: '' }],
      });
    } else if (token.param === name) {
      drafts.push({
        code: 'no-value',
        severity,
        start,
        end,
        message: `${name} needs a value`,
        linux: `Linux sees no ${name}= here, without a message.`,
        fix: [],
      });
    } else {
      drafts.push({
        code: 'misspelt',
        severity,
        start,
        end: start + token.param.length,
        message: `${quote(token.param)} is not ${name}: case counts, and here - and _ do too`,
        linux: 'Linux ignores it, without a message.',
        fix: [{ start, end: start + token.param.length, text: name }],
      });
    }
  }
}
