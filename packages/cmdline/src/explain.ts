import { cString } from './bytes.ts';
import {
  type CrashkernelMode,
  type CrashkernelOptions,
  type CrashkernelVerdict,
  defaultMode,
  parseCrashkernel,
} from './crashkernel.ts';
import { checkOccurrence } from './explain-value.ts';
import { type Finding, type FindingDraft, finish, quote } from './finding.ts';
import type { CrashkernelSuffix } from './grammar.ts';
import { defaultKernel } from './kernel.ts';
import { findOccurrences, type Occurrence } from './occurrence.ts';
import { formatSize } from './size.ts';
import { type TokenizedLine, tokenize } from './token.ts';

/** A reading of `crashkernel=` or `kexeckernel=` for people. */
export interface CrashkernelExplanation {
  /** What Linux does. */
  verdict: CrashkernelVerdict;
  /** The same in one sentence. */
  summary: string;
  /** Every place that Linux takes for the parameter, in order. */
  occurrences: Occurrence[];
  /** Every mistake and trap, in order of position. */
  findings: Finding[];
  /** The line with the fixes of all errors and traps made (notes are left); the same line if there are none. */
  fixed: string;
}

/**
 * Explains what a command line reserves on a machine with this much RAM: which occurrence and which clause count, what is
 * ignored and why, and every mistake or trap with its position, what Linux does about it, and the mended line.
 * Never throws; positions are indexes into the line. Of more than 100 occurrences only the last 100 are explained.
 *
 * @param systemRam Bytes of RAM.
 */
export function explainCrashkernel(
  cmdline: string,
  systemRam: bigint,
  options: CrashkernelOptions = {},
): CrashkernelExplanation {
  const explanation = explainOnce(cString(cmdline), systemRam, options);
  // One fix can bring the next mistake to light.
  for (let round = 0; round < 4; round++) {
    const { fixed } = explainOnce(explanation.fixed, systemRam, options);
    if (fixed === explanation.fixed) break;
    explanation.fixed = fixed;
  }
  return explanation;
}

function explainOnce(line: string, systemRam: bigint, options: CrashkernelOptions): CrashkernelExplanation {
  const name = options.parameter ?? 'crashkernel';
  const kernel = options.kernel ?? defaultKernel;
  const verdict = parseCrashkernel(line, systemRam, options);
  const tokenized = tokenize(line);
  const occurrences = findOccurrences(line, name, systemRam, kernel);
  const context = { line, name, kernel, ram: systemRam };
  const drafts: FindingDraft[] = nearMisses(line, name, tokenized);
  markUsed(name, options.mode ?? defaultMode(name, kernel), occurrences, drafts);
  for (const occurrence of occurrences) {
    const place = checkPlace(line, name, occurrence, tokenized);
    const value = checkOccurrence(context, occurrence);
    drafts.push(...place);
    // Inside another parameter there is nothing to mend: the text is that parameter's.
    const foreign = place.some(({ code, fix }) => code === 'substring' && fix.length === 0);
    drafts.push(...(foreign ? value.map((draft) => ({ ...draft, fix: [] })) : value));
  }
  const findings = drafts.map((draft) => finish(line, draft)).toSorted((a, b) => a.start - b.start || a.end - b.end);
  const mended = findings.filter(({ severity }) => severity !== 'note').flatMap(({ fix }) => fix);
  return {
    verdict,
    summary: summarize(name, verdict, occurrences, findings),
    occurrences,
    findings,
    fixed: finish(line, { ...NO_FINDING, fix: mended }).fixed,
  };
}

const NO_FINDING: FindingDraft = {
  code: 'ignored',
  severity: 'note',
  start: 0,
  end: 0,
  message: '',
  linux: '',
  fix: [],
};

/** Cuts an occurrence's whole token. */
function cut(occurrence: Occurrence): FindingDraft['fix'] {
  return [{ start: occurrence.start, end: occurrence.end, text: '' }];
}

/** Decides which occurrences Linux uses, and says why it ignores the others. */
function markUsed(name: string, mode: CrashkernelMode, occurrences: Occurrence[], drafts: FindingDraft[]): void {
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
    const message = `${name}= knows no ${suffix}${name === 'kexeckernel' ? '' : ' here'}`;
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

/** Where an occurrence stands: Linux looks for the bare text and knows neither words, quotes nor `--`. */
function checkPlace(line: string, name: string, occurrence: Occurrence, tokenized: TokenizedLine): FindingDraft[] {
  const { start, end, used } = occurrence;
  const { dashdash, initStart } = tokenized;
  const drafts: FindingDraft[] = [];
  if (dashdash && start >= initStart) {
    drafts.push({
      code: 'after-dashdash',
      severity: used ? 'trap' : 'note',
      start,
      end,
      message: `${name}= stands behind --, where parameters belong to init`,
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

/** Parameters that look as if they were meant. */
function nearMisses(line: string, name: string, { tokens }: TokenizedLine): FindingDraft[] {
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
        message: 'a blank stands in front of =',
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

function summarize(
  name: string,
  verdict: CrashkernelVerdict,
  occurrences: readonly Occurrence[],
  findings: readonly Finding[],
): string {
  if (verdict.ret !== 0) {
    const blame = findings.find(({ severity }) => severity === 'error');
    if (blame) return `reserves nothing: ${blame.message}`;
    return occurrences.length === 0 ? `reserves nothing: no ${name}= in the line` : 'reserves nothing';
  }
  const where =
    verdict.base !== 0n ? `at 0x${verdict.base.toString(16)}` : verdict.high ? 'in high memory' : 'where there is room';
  const low = verdict.high && verdict.lowSize > 0n ? `, with ${formatSize(verdict.lowSize)} of low memory` : '';
  const cma = verdict.cmaSize > 0n ? `, and ${formatSize(verdict.cmaSize)} as CMA` : '';
  return `reserves ${formatSize(verdict.size)} ${where}${low}${cma}`;
}
