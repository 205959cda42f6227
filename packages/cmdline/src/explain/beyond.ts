import type { CrashkernelVerdict } from '../crashkernel.ts';
import { type FindingDraft, quote } from '../finding.ts';
import { crashkernelTokenEnd } from '../grammar.ts';
import { cutCmdline } from '../limit.ts';
import { skipBlanks, type Token, tokenize } from '../token.ts';
import type { ExplainJob } from './context.ts';

/** What a line that is longer than the kernel keeps loses; true if the parameter itself is among it. */
export function checkBeyond(
  line: string,
  { name, max }: ExplainJob,
  verdict: CrashkernelVerdict,
  drafts: FindingDraft[],
): boolean {
  if (line.length <= max) return false;
  const { cut, lostParameters } = cutCmdline(line, { max });
  const start = cut?.start ?? lostParameters[0]?.start ?? max;
  const at = line.indexOf(`${name}=`, Math.max(0, Math.min(start, max) - name.length));
  const isLost = at >= 0 && crashkernelTokenEnd(line, at) > max;
  drafts.push({
    code: 'beyond-limit',
    severity: !isLost ? 'note' : verdict.ret === 0 ? 'trap' : 'error',
    start,
    end: line.length,
    message: `the kernel keeps ${max} bytes of its command line, and this one has ${line.length}: ${lossOf(cut, lostParameters)}`,
    linux: 'Linux cuts the line there, without a message.',
    fix: isLost ? toFront(line, name) : [],
  });
  return isLost;
}

/** Parameters that a message names. */
const NAMED = 4;

function lossOf(cut: Token | null, lost: readonly Token[]): string {
  const names = lost.slice(0, NAMED).map(({ param }) => quote(param));
  const more = lost.length > NAMED ? ` and ${lost.length - NAMED} more` : '';
  const gone = names.length > 0 ? `${names.join(', ')}${more} ${lost.length > 1 ? 'are' : 'is'} lost` : '';
  const halved = cut ? `${quote(cut.param)} loses its end` : '';
  return [halved, gone].filter((text) => text !== '').join(', ') || 'nothing but blanks is lost';
}

/** Moves the parameter, every time that it is there, to the front in the same order: what stands there survives. */
function toFront(line: string, name: string): FindingDraft['fix'] {
  const own = tokenize(line).tokens.filter(({ param, value }) => param === name && value !== null);
  let front = 0;
  while (own[0] && skipBlanks(line, front) === own[0].start) front = own.shift()?.end ?? front;
  const texts = own.map(({ start, end }) => line.slice(start, end));
  const text = front === 0 ? `${texts.join(' ')} ` : ` ${texts.join(' ')}`;
  if (own.length === 0) return [];
  return [{ start: front, end: front, text }, ...own.map(({ start, end }) => ({ start, end, text: '' }))];
}
