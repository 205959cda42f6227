import { EQUALS } from '../characters.ts';
import type { Reading } from '../crashkernel.ts';
import { type FindingDraft, quote } from '../finding.ts';
import type { Token, TokenizedLine } from '../token.ts';
import { hasNearName, isHalf, isNear, plainName } from './near-name.ts';

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
  if (!hasNearMiss(line, name) && !hasNearName(line, name)) return;
  const severity = isReserving ? 'trap' : 'error';
  const { tokens } = tokenized();
  for (const [i, token] of tokens.entries()) {
    const near = nearMissOf(line, name, token, tokens[i + 1]);
    if (near) drafts.push({ ...near, severity });
  }
}

type NearMiss = Omit<FindingDraft, 'severity'>;

function nearMissOf(line: string, name: Reading['name'], token: Token, next: Token | undefined): NearMiss | undefined {
  const { param, value, end } = token;
  if (param !== name) return misspelt(line, name, token);
  if (value !== null) return undefined;
  const { start } = token;
  const linux = `Linux sees no ${name}= here, without a message.`;
  if (next && line.charAt(next.start) === '=') {
    const fix = [{ start: end, end: next.start, text: '' }];
    return { code: 'blank-before-value', start, end: next.end, message: 'there is a blank before =', linux, fix };
  }
  return { code: 'no-value', start, end, message: `${name} needs a value`, linux, fix: [] };
}

function misspelt(line: string, name: Reading['name'], token: Token): NearMiss | undefined {
  const { param, value } = token;
  const isSame = param.length >= name.length && plainName(param) === name;
  const isTorn = value !== null && isHalf(line, name, token.start, token.start + param.length);
  const isNearly = value !== null && (isTorn || isNear(param, name));
  if (!isSame && !isNearly) return undefined;
  const end = token.start + (line.charAt(token.start) === '"' ? 1 : 0) + param.length;
  const start = isTorn ? token.start - 1 - (name.length - param.length) : end - param.length;
  const said = line.slice(start, end);
  const why = isSame ? ': case counts, and here - and _ do too' : ', but looks as if it were meant';
  // Another one of the name, with a number or a letter more, can be one that is switched off.
  const isPlain = isSame || !/\d$/.test(param);
  return {
    code: 'misspelt',
    start,
    end,
    message: `${quote(said)} is not ${name}${why}`,
    linux: 'Linux ignores it, without a message.',
    fix: isPlain ? [{ start, end, text: name }] : [],
  };
}
