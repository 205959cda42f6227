import { type Finding, fromByteString, type Occurrence } from '@kexeckit/cmdline';
import type { Prediction, Range } from '@kexeckit/ioport';
import type { LineExplanation, ParameterReading } from '../commands/explain/run.ts';
import type {
  ExplanationJson,
  FindingJson,
  LandingJson,
  OccurrenceJson,
  ReadingJson,
  ReservesJson,
} from '../json/explain.ts';

/** What `kexeckit explain --json` prints: positions are bytes of the line, sizes bytes. */
export function explanationJson(explanation: LineExplanation): ExplanationJson {
  const { line, from, kernel, ram, max, cut, readings, mended, unknown, mistakes } = explanation;
  return {
    line: fromByteString(line),
    from,
    kernel: { rules: kernel.profile, measured: kernel.measured, reason: kernel.reason },
    ...(ram && { ram: { bytes: Number(ram.bytes), from: ram.from } }),
    lengthBytes: line.length,
    maxBytes: max,
    ...(cut && { cut: { kept: fromByteString(cut.kept), lost: fromByteString(cut.lost), why: cut.words } }),
    parameters: readings.map(readingJson),
    mended: fromByteString(mended),
    unknown,
    mistakes,
    totals: {
      parameters: readings.length,
      occurrences: readings.reduce((sum, { explanation: { occurrences } }) => sum + occurrences.length, 0),
      findings: readings.reduce((sum, { explanation: { findings } }) => sum + findings.length, 0),
      reservedBytes: ram ? readings.reduce((sum, reading) => sum + reservedBytes(reading), 0) : null,
    },
  };
}

/** Bytes that a parameter reserves, those in low memory and of CMA with them. */
function reservedBytes({ explanation }: ParameterReading): number {
  if (!('verdict' in explanation) || explanation.verdict.ret !== 0) return 0;
  const { size, lowSize, cmaSize } = explanation.verdict;
  return Number(size + lowSize + cmaSize);
}

function readingJson({ parameter, explanation, landing, standing }: ParameterReading): ReadingJson {
  return {
    parameter,
    ...('verdict' in explanation
      ? { summary: explanation.summary, reserves: verdictJson(explanation.verdict) }
      : {
          byRam: explanation.byRam.map(({ from, to, verdict }) => ({
            fromBytes: Number(from),
            belowBytes: to === null ? null : Number(to),
            reserves: verdictJson(verdict),
          })),
        }),
    occurrences: explanation.occurrences.map(occurrenceJson),
    findings: explanation.findings.map(findingJson),
    ...(landing && { landing: landingJson(landing) }),
    standing: standing.map(rangeJson),
  };
}

type Verdict = Extract<ParameterReading['explanation'], { verdict: unknown }>['verdict'];

const verdictJson = ({ ret, size, base, high, lowSize, cmaSize, log }: Verdict): ReservesJson =>
  ret === 0
    ? {
        bytes: Number(size),
        ...(base !== 0n && { base }),
        high,
        lowBytes: Number(lowSize),
        cmaBytes: Number(cmaSize),
        log: log.map(([, text]) => text),
      }
    : { bytes: 0, log: log.map(([, text]) => text) };

const occurrenceJson = ({
  start,
  end,
  text,
  form,
  suffix,
  used,
  ignoredBecause,
  size,
  clauses,
}: Occurrence): OccurrenceJson => ({
  start,
  end,
  text: fromByteString(text),
  form,
  suffix,
  used,
  ignoredBecause,
  bytes: Number(size),
  clauses: clauses.map((clause) => ({
    start: clause.start,
    end: clause.end,
    fromBytes: Number(clause.from),
    belowBytes: clause.to === null ? null : Number(clause.to),
    bytes: Number(clause.size),
    matched: clause.matched,
  })),
});

const findingJson = ({ code, severity, start, end, text, message, linux, fix, fixed }: Finding): FindingJson => ({
  code,
  severity,
  start,
  end,
  text: fromByteString(text),
  message,
  linux,
  fix: fix.map((edit) => ({ ...edit, text: fromByteString(edit.text) })),
  fixed: fromByteString(fixed),
});

const landingJson = ({ exact, regions, refusal, reason, assumed }: Prediction): LandingJson => ({
  exact,
  regions: regions.map(({ kind, size, from, to, certain }) => ({ kind, bytes: Number(size), from, to, certain })),
  ...(refusal && {
    refusal: { code: refusal.code, reason: refusal.reason, message: refusal.message, hint: refusal.hint },
  }),
  reason,
  assumed: assumed.map(({ what, value, message }) => ({ what, value, message })),
});

const rangeJson = ({ start, end }: Range): ReadingJson['standing'][number] => ({
  start,
  end,
  bytes: Number(end + 1n - start),
});
