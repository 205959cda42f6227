import {
  assumedPrices,
  fitPrices,
  formatProfile,
  missingPrices,
  type PriceFit,
  priceNames,
  priceTable,
  profileOf,
} from '@kexeckit/cost';
import { type LogReport, readLogInSteps, timedRunsOf } from '@kexeckit/evidence';
import { wordsOf } from '../../shared/words.ts';
import { type EvidencePicture, evidencePicture } from './model.ts';

/** Prices that a log tells, or why it tells none. */
export interface LogFit {
  /** The profile as the text of a file; undefined where no row has a time, or the rows are no prices. */
  readonly profile: string | undefined;
  readonly rows: number;
  /** Price by price, what it is for and seconds. */
  readonly prices: readonly { readonly of: string; readonly seconds: number; readonly between: string }[];
  /** What is to be known of the fit, and what went wrong. */
  readonly notes: readonly string[];
  /** Things whose prices the log does not tell. */
  readonly missing: readonly string[];
}

/** What the page shows of a log. */
export interface LogEvidence {
  readonly picture: EvidencePicture;
  readonly passages: LogReport['passages'];
  readonly stops: LogReport['stops'];
  /** Boots, lines, and the line where reading ended. */
  readonly boots: number;
  readonly lines: number;
  readonly cutAt: number | undefined;
  readonly loads: readonly { readonly line: number; readonly segments: number; readonly bytes: number }[];
  /** Where each line of the text begins, as an editor counts them. */
  readonly starts: Uint32Array;
  /** The lines that tell something. */
  readonly told: Uint32Array;
  readonly fit: LogFit;
}

/** Rows of a table that are shown: who has more reads the command's. */
const ROWS_MAX = 200;

/** Reads a log. Any text has an answer. */
export function readEvidence(name: string, text: string): LogEvidence {
  const steps = readLogInSteps(text);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { report, signs } = step.value;
  return {
    picture: evidencePicture(step.value),
    passages: report.passages.slice(0, ROWS_MAX),
    stops: report.stops.slice(0, ROWS_MAX),
    boots: report.boots.length,
    lines: report.lines,
    cutAt: report.cutAt,
    loads: report.loads.slice(0, ROWS_MAX).map(({ line, segments }) => ({
      line,
      segments: segments.length,
      bytes: segments.reduce((sum, { memsz }) => sum + Number(memsz), 0),
    })),
    starts: lineStarts(text),
    told: Uint32Array.from(new Set(signs.map(({ line }) => line.number))),
    fit: fitOf(report, name),
  };
}

/** Where each line begins: by line feeds. */
export function lineStarts(text: string): Uint32Array {
  const starts: number[] = text === '' ? [] : [0];
  for (let at = text.indexOf('\n'); at >= 0 && at + 1 < text.length; at = text.indexOf('\n', at + 1))
    starts.push(at + 1);
  return Uint32Array.from(starts);
}

/** Linux's routine takes as many instructions a page with the MMU on as off: no log of it tells their price. */
const { perInstruction } = assumedPrices;

/** As `kexeckit timeline --fit` does it. */
function fitOf(report: LogReport, name: string): LogFit {
  const none = { profile: undefined, rows: 0, prices: [], missing: [] };
  try {
    const { runs } = timedRunsOf(report, name);
    if (runs.length === 0) return { ...none, notes: ['no reboot by kexec in it has a time'] };
    const fit = fitPrices(runs, { known: { perInstruction } });
    const measured = `${runs.length} ${runs.length === 1 ? 'row' : 'rows'} of 1 log`;
    const profile = profileOf(fit, { name: 'measured', machine: 'not named', measured });
    return {
      profile: formatProfile(profile),
      rows: runs.length,
      prices: pricesIn(fit.prices),
      notes: fit.findings.map(({ message }) => message),
      missing: missingPrices(fit.prices).map(({ of }) => of),
    };
  } catch (error) {
    const { message, hint } = wordsOf(error);
    return { ...none, notes: [`${message}; ${hint}`] };
  }
}

function pricesIn(prices: PriceFit['prices']): LogFit['prices'] {
  return priceNames.flatMap((name) => {
    const price = prices[name];
    if (price === undefined) return [];
    const { seconds, low, high, basis } = price;
    const between =
      low === undefined || high === undefined ? basis : `${low.toPrecision(3)} to ${high.toPrecision(3)} s`;
    return [{ of: priceTable[name].of, seconds, between }];
  });
}
