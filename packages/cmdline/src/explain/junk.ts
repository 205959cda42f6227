import { type FindingDraft, quote } from '../finding.ts';
import { KERNELS } from '../kernel.ts';
import type { Occurrence } from '../occurrence.ts';
import type { ExplainContext } from './context.ts';
import { isStray, isUnclear, meantSuffix, nearSuffix, readable } from './plain.ts';

type Mending = Pick<FindingDraft, 'message' | 'fix'> & { code?: FindingDraft['code'] };

/** What follows a size, and how to mend it where it is plain what was meant. */
export function mendJunk(context: ExplainContext, occurrence: Occurrence, at: number): Mending {
  const { line } = context;
  const { end, suffix, valueStart } = occurrence;
  const rest = line.slice(at, end);
  if (!suffix && /^[,;. ]?(high|low|cma)["',;.]*$/i.test(rest)) return suffixSpelt(context, occurrence, at, rest);
  const meant = suffix ? null : nearSuffix(rest);
  if (meant !== null) {
    return { message: `${quote(rest)} must be written ${meant}`, fix: [{ start: at, end, text: meant }] };
  }
  const keep = suffix ? end - suffix.length : end;
  if (suffix && line.slice(valueStart, keep).includes(':')) {
    const message = `a range list cannot have ${suffix}`;
    return { code: 'ranges-with-suffix', message, fix: [{ start: keep, end, text: '' }] };
  }
  if (suffix && line.charAt(at) === '@') {
    const message = `${suffix} and an offset exclude each other`;
    return { message, fix: [{ start: at, end: keep, text: '' }] };
  }
  const base = suffix ? -1 : rest.search(/@[0-9]/);
  const stop = base < 0 ? Math.max(keep, at) : at + base;
  return mendRest(line, valueStart, at, stop);
}

/** What stands between the size and its base or suffix. */
function mendRest(line: string, valueStart: number, at: number, stop: number): Mending {
  const whole = line.slice(valueStart, stop);
  // Behind a 0 a comma can only stand for the point of a fraction.
  const fraction = /^(\d{1,6}\.\d{1,6}[kmgtpe])(?:i?b)?$/i.exec(whole.replace(/^0,/, '0.'))?.[1];
  if (fraction !== undefined) {
    const fix = isUnclear(fraction) ? [] : [{ start: valueStart, end: stop, text: readable(fraction) }];
    return { message: 'a size has no fraction', fix };
  }
  const rest = line.slice(at, stop);
  const message = `${quote(rest)} follows the size`;
  const letters = rest.replace(/[,;.]$/, '');
  // Digits could be meant for the size. `1G..@256M` could be a range, with a dash and a colon of its own.
  const isPlain =
    (/^(?:[,;.]+|["'`]+)$/.test(rest) && line.charAt(stop) !== '@') ||
    (letters !== '' && isStray(line.slice(valueStart, at), letters));
  return { message, fix: isPlain ? [{ start: at, end: stop, text: '' }] : [] };
}

/** A suffix in capitals, behind another character than a comma, or one that this kernel does not know. */
function suffixSpelt({ kernel }: ExplainContext, occurrence: Occurrence, at: number, rest: string): Mending {
  const { end } = occurrence;
  const meant = meantSuffix(rest) ?? '';
  if (meant === ',cma' && !KERNELS[kernel].cma) {
    return { message: `this kernel does not know ${rest}`, fix: [{ start: at, end, text: '' }] };
  }
  const message =
    rest.toLowerCase() === meant ? `${quote(rest)} must be in lower case` : `${quote(rest)} must be written ${meant}`;
  return { message, fix: [{ start: at, end, text: meant }] };
}
