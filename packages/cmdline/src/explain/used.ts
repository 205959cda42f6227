import type { FindingDraft } from '../finding.ts';
import type { CrashkernelSuffix } from '../grammar.ts';
import { type CrashkernelMode, KERNELS } from '../kernel.ts';
import type { Occurrence } from '../occurrence.ts';
import type { ExplainContext } from './context.ts';
import { meantSuffix } from './plain.ts';
import { isTorn } from './word.ts';

/** Suffixes that the kernel looks for in each mode. */
const KNOWN_SUFFIXES: Readonly<Record<CrashkernelMode, readonly CrashkernelSuffix[]>> = {
  generic: [',high', ',low', ',cma'],
  'generic-nocma': [',high', ',low'],
  legacy: [],
  'legacy-cma': [',cma'],
};

/** The last occurrence of each class. */
type Latest = ReadonlyMap<CrashkernelSuffix | null, Occurrence>;

/** How the occurrences stand to each other: as Linux classes them, and as they were meant. */
interface Rivals {
  latest: Latest;
  meant: Latest;
  known: readonly CrashkernelSuffix[];
}

type Ignored = Omit<FindingDraft, 'start' | 'end'>;

/** Decides which occurrences Linux uses, and says why it ignores the others. */
export function markUsed(job: ExplainContext, occurrences: Occurrence[], drafts: FindingDraft[]): void {
  const [only] = occurrences;
  if (only && occurrences.length === 1 && only.suffix === null) {
    only.used = true;
    return;
  }
  const latest = new Map<CrashkernelSuffix | null, Occurrence>();
  for (const occurrence of occurrences) latest.set(occurrence.suffix, occurrence);
  // Only a plain value can have been meant otherwise.
  const meant = latest.has(null) ? asMeant(occurrences) : latest;
  const rivals = { latest, meant, known: KNOWN_SUFFIXES[job.mode] };
  for (const occurrence of occurrences) {
    const why = whyIgnored(job, occurrence, rivals);
    occurrence.used = why === null;
    occurrence.ignoredBecause = why?.message ?? null;
    if (why) drafts.push({ ...why, start: occurrence.start, end: occurrence.end });
    else dropForeign(job, occurrence, meant, drafts);
  }
}

function asMeant(occurrences: readonly Occurrence[]): Latest {
  return new Map(occurrences.map((one) => [one.suffix ?? meantSuffix(one.text), one]));
}

function whyIgnored({ line, name }: ExplainContext, occurrence: Occurrence, rivals: Rivals): Ignored | null {
  const { suffix } = occurrence;
  const { latest, meant, known } = rivals;
  const last = latest.get(suffix);
  if (suffix && !known.includes(suffix)) return unknownSuffix(name, occurrence, suffix, rivals);
  const plain = latest.get(null);
  if (suffix && suffix !== ',cma' && plain) {
    const message = `a plain ${name}= at ${plain.start} switches ${suffix} off`;
    const linux = `Linux uses only the plain value, even if that one is broken.`;
    // A plain value may only look like one: `1G,HIGH`, or `1G, high`.
    const isPlain = meant.has(null) && !plain.complaint && !isTorn(line, plain.end);
    return { code: 'plain-wins', severity: 'trap', message, linux, fix: isPlain ? cut(occurrence) : [] };
  }
  const high = latest.get(',high');
  if (suffix === ',low' && !high) {
    const message = `${suffix} without ${name}=SIZE,high reserves nothing`;
    const fix = last === occurrence && !meant.has(',high') ? cutSuffix(occurrence, suffix) : [];
    return { code: 'low-alone', severity: 'error', message, linux: 'Linux reserves nothing, without a message.', fix };
  }
  if (last !== occurrence) {
    const message = `a later ${name}= at ${last?.start ?? -1} replaces it`;
    return {
      code: 'replaced',
      severity: 'note',
      message,
      linux: 'Linux uses the last one only.',
      fix: [],
    };
  }
  if (suffix === ',cma' && !plain && !high) {
    const message = `,cma needs a region of its own beside it: ${name}=SIZE or ${name}=SIZE,high`;
    const linux = 'Linux reserves nothing, without a message.';
    return { code: 'cma-alone', severity: 'error', message, linux, fix: [] };
  }
  return null;
}

/** The one occurrence that says how much is wanted keeps its size; the others would take its place, and go. */
function unknownSuffix(
  name: string,
  occurrence: Occurrence,
  suffix: CrashkernelSuffix,
  { latest, meant }: Rivals,
): Ignored {
  const isAlone = !latest.has(null);
  const linux = isAlone ? 'Linux skips it and reserves nothing, without a message.' : 'Linux skips it.';
  const message = `${name}= has no ${suffix}${name === 'kexeckernel' ? '' : ' here'}`;
  const carrier = meant.get(null) ?? meant.get(',high') ?? meant.get(',low') ?? meant.get(',cma');
  const fix = carrier === occurrence ? cutSuffix(occurrence, suffix) : cut(occurrence);
  return { code: 'suffix-unknown', severity: isAlone ? 'error' : 'trap', message, linux, fix };
}

/** Where `,cma` is not known, such a value counts as a plain one, breaks that, and stands in the way of the others. */
function dropForeign(
  { name, kernel }: ExplainContext,
  occurrence: Occurrence,
  meant: Latest,
  drafts: FindingDraft[],
): void {
  if (KERNELS[kernel].cma || occurrence.suffix || meantSuffix(occurrence.text) !== ',cma') return;
  if (!meant.has(null) && !meant.has(',high') && !meant.has(',low')) return;
  drafts.push({
    code: 'suffix-unknown',
    severity: 'error',
    start: occurrence.start,
    end: occurrence.end,
    message: `${name}= has no ,cma here`,
    linux: 'Linux takes it for a plain value with junk in it, which counts in the place of the others.',
    fix: cut(occurrence),
  });
}

/** Cuts an occurrence's whole token; not a list, whose clauses were meant for machines of which this may be none. */
function cut({ start, end, text }: Occurrence): FindingDraft['fix'] {
  return text.includes(':') ? [] : [{ start, end, text: '' }];
}

function cutSuffix({ end }: Occurrence, suffix: CrashkernelSuffix): FindingDraft['fix'] {
  return [{ start: end - suffix.length, end, text: '' }];
}
