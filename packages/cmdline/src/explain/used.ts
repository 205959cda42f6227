import type { CrashkernelMode } from '../kernel.ts';
import type { FindingDraft } from '../finding.ts';
import type { CrashkernelSuffix } from '../grammar.ts';
import type { Occurrence } from '../occurrence.ts';

/** Cuts an occurrence's whole token. */
function cut(occurrence: Occurrence): FindingDraft['fix'] {
  return [{ start: occurrence.start, end: occurrence.end, text: '' }];
}

/** Decides which occurrences Linux uses, and says why it ignores the others. */
export function markUsed(name: string, mode: CrashkernelMode, occurrences: Occurrence[], drafts: FindingDraft[]): void {
  const latest = new Map<Occurrence['suffix'], Occurrence>();
  for (const occurrence of occurrences) latest.set(occurrence.suffix, occurrence);
  const plain = latest.get(null);
  const high = latest.get(',high');
  for (const occurrence of occurrences) {
    const { suffix } = occurrence;
    const why = whyIgnored(name, occurrence, { plain, high, latest: latest.get(suffix), known: KNOWN_SUFFIXES[mode] });
    occurrence.used = why === null;
    occurrence.ignoredBecause = why?.message ?? null;
    if (why) drafts.push({ ...why, start: occurrence.start, end: occurrence.end });
  }
}

/** Suffixes that the kernel looks for in each mode. */
const KNOWN_SUFFIXES: Readonly<Record<CrashkernelMode, readonly CrashkernelSuffix[]>> = {
  generic: [',high', ',low', ',cma'],
  'generic-nocma': [',high', ',low'],
  legacy: [],
  'legacy-cma': [',cma'],
};

interface Rivals {
  plain: Occurrence | undefined;
  high: Occurrence | undefined;
  latest: Occurrence | undefined;
  known: readonly CrashkernelSuffix[];
}

type Ignored = Omit<FindingDraft, 'start' | 'end'>;

function whyIgnored(name: string, occurrence: Occurrence, { plain, high, latest, known }: Rivals): Ignored | null {
  const { suffix } = occurrence;
  const drop = cut(occurrence);
  if (suffix && !known.includes(suffix)) {
    const linux = plain ? 'Linux skips it.' : 'Linux skips it and reserves nothing, without a message.';
    const fix = [{ start: occurrence.end - suffix.length, end: occurrence.end, text: '' }];
    const message = `${name}= has no ${suffix}${name === 'kexeckernel' ? '' : ' here'}`;
    return { code: 'suffix-unknown', severity: plain ? 'trap' : 'error', message, linux, fix: plain ? drop : fix };
  }
  if (suffix && suffix !== ',cma' && plain) {
    const message = `a plain ${name}= at ${plain.start} switches ${suffix} off`;
    const linux = `Linux uses only the plain value, even if that one is broken.`;
    return { code: 'plain-wins', severity: 'trap', message, linux, fix: drop };
  }
  if (suffix === ',low' && !high) {
    const message = `${suffix} without ${name}=SIZE,high reserves nothing`;
    const fix = [{ start: occurrence.end - suffix.length, end: occurrence.end, text: '' }];
    return { code: 'low-alone', severity: 'error', message, linux: 'Linux reserves nothing, without a message.', fix };
  }
  if (latest !== occurrence) {
    const message = `a later ${name}= at ${latest?.start ?? -1} replaces it`;
    return { code: 'replaced', severity: 'note', message, linux: 'Linux uses the last one only.', fix: drop };
  }
  if (suffix === ',cma' && !plain && !high) {
    const message = `,cma needs a region of its own beside it: ${name}=SIZE or ${name}=SIZE,high`;
    const fix = [{ start: occurrence.end, end: occurrence.end, text: ` ${name}=128M` }];
    return { code: 'cma-alone', severity: 'error', message, linux: 'Linux reserves nothing, without a message.', fix };
  }
  return null;
}
