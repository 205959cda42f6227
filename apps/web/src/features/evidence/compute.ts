import { formatProfile, type PriceFit, priceNames, priceTable } from '@kexeckit/cost';
import { fitLogs, LogReading, type ReadLog, type TimedRuns, timedRunsOf } from '@kexeckit/evidence';
import { LabError } from '../../shared/error.ts';
import { wordsOf } from '../../shared/words.ts';
import { type LineIndex, LineIndexer } from './lines.ts';
import { type BootPage, bootPage } from './model.ts';

/** Prices that logs tell, or why they tell none. */
export interface LogFit {
  /** The profile as the text of a file; undefined where no row has a time, or the rows are no prices. */
  readonly profile: string | undefined;
  readonly rows: number;
  readonly logs: number;
  /** Price by price, what it is for and seconds. */
  readonly prices: readonly { readonly of: string; readonly seconds: number; readonly between: string }[];
  /** What is to be known of the fit, and what went wrong. */
  readonly notes: readonly string[];
  /** Things whose prices the logs do not tell. */
  readonly missing: readonly string[];
}

/** What the page shows of a log. */
export interface LogEvidence {
  /** What it is asked for by. */
  readonly id: number;
  readonly page: BootPage;
  /** Boots, lines that say something, and the line where reading ended. */
  readonly boots: number;
  readonly lines: number;
  readonly cutAt: number | undefined;
  /** What kexec-tools loaded: line, segments, bytes, one load after the other. */
  readonly loads: Float64Array;
  readonly index: LineIndex;
  /** The lines that tell something. */
  readonly told: Uint32Array;
  /** The log that it is a copy of: what both tell is not counted twice. */
  readonly copyOf: number | undefined;
}

/** Logs that are kept in a worker, to be asked about. */
export interface LogSession {
  /**
   * Reads a log bit by bit. Any text has an answer.
   *
   * @param post how much of it is read, from 0 to 1.
   * @throws LabError `ECANCELED`; what a file throws that cannot be read.
   */
  readonly read: (name: string, file: Blob, post: (share: number) => void) => Promise<LogEvidence>;
  /** Ends what is being read. */
  readonly cancel: () => void;
  /** Other boots of a log. @param from the first, from 0. */
  readonly page: (id: number, from: number) => BootPage;
  /** A log of which nothing more is asked. */
  readonly forget: (id: number) => void;
  /** Prices by all rows of these logs, as `kexeckit timeline --fit` does it. */
  readonly fit: (ids: readonly number[]) => LogFit;
}

/** A log that was read. */
interface Kept {
  readonly name: string;
  readonly file: Blob;
  readonly log: ReadLog;
  /** The log that was read first of those that are the same: it may be forgotten. */
  readonly first: number;
}

/** Bytes that are read in one step: some hundredths of a second. */
const CHUNK = 2 ** 19;

/** A session without logs. */
export function openLogs(): LogSession {
  const kept = new Map<number, Kept>();
  let [asked, last] = [0, 0];
  const keptLog = (id: number): Kept => {
    const log = kept.get(id);
    if (log === undefined) throw new LabError('ENOENT', `log ${id} was not read`, 'read it first');
    return log;
  };
  const read: LogSession['read'] = async (name, file, post) => {
    asked += 1;
    const mine = asked;
    const copyOf = await copyIn(kept, file);
    const first = copyOf === undefined ? undefined : kept.get(copyOf)?.first;
    const found = await readFile(file, (share) => {
      if (mine !== asked) throw new LabError('ECANCELED', 'reading was cancelled', 'read it again');
      post(share);
    });
    const { log, index } = found;
    const { report, signs } = log;
    last += 1;
    const id = last;
    kept.set(id, { name, file, log, first: first ?? id });
    return {
      ...{
        id,
        page: bootPage(log),
        boots: report.boots.length,
        lines: report.lines,
        cutAt: report.cutAt,
        index,
        copyOf,
      },
      loads: Float64Array.from(
        report.loads.flatMap(({ line, segments }) => [
          line,
          segments.length,
          segments.reduce((sum, { memsz }) => sum + Number(memsz), 0),
        ]),
      ),
      told: Uint32Array.from(new Set(signs.map(({ line }) => line.number))),
    };
  };
  return {
    read,
    cancel: () => {
      asked += 1;
    },
    page: (id, from) => bootPage(keptLog(id).log, from),
    forget: (id) => void kept.delete(id),
    fit: (ids) => fitOf(withoutCopies(ids.map(keptLog))),
  };
}

/** Reads a file from its beginning to its end, once. */
async function readFile(
  file: Blob,
  post: (share: number) => void,
): Promise<{ readonly log: ReadLog; readonly index: LineIndex }> {
  const reading = new LogReading();
  const lines = new LineIndexer();
  const decoder = new TextDecoder();
  for (let at = 0; at < file.size; at += CHUNK) {
    const bytes = new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer());
    lines.push(bytes);
    if (!reading.isFull) reading.push(decoder.decode(bytes, { stream: true }));
    post(Math.min(1, (at + CHUNK) / file.size));
  }
  reading.push(decoder.decode());
  return { log: reading.end(), index: lines.end() };
}

/** The log that already is what this file is: a reboot that counts twice makes intervals narrower than they are. */
async function copyIn(kept: ReadonlyMap<number, Kept>, file: Blob): Promise<number | undefined> {
  const compared = new Set<number>();
  for (const [id, { first, file: other }] of kept) {
    if (!compared.has(first) && (await isSame(other, file))) return id;
    compared.add(first);
  }
  return undefined;
}

/** The first of each that are the same. */
function withoutCopies(logs: readonly Kept[]): Kept[] {
  const seen = new Map<number, Kept>();
  for (const log of logs) if (!seen.has(log.first)) seen.set(log.first, log);
  return [...seen.values()];
}

async function isSame(one: Blob, other: Blob): Promise<boolean> {
  if (one.size !== other.size) return false;
  for (let at = 0; at < one.size; at += CHUNK) {
    const [a, b] = await Promise.all([one, other].map((each) => each.slice(at, at + CHUNK).arrayBuffer()));
    if (a === undefined || b === undefined) return false;
    const [first, second] = [new Uint8Array(a), new Uint8Array(b)];
    if (first.some((byte, place) => byte !== second[place])) return false;
  }
  return true;
}

/** As `kexeckit timeline --fit` does it. */
function fitOf(logs: readonly Kept[]): LogFit {
  const none = { profile: undefined, rows: 0, logs: logs.length, prices: [], missing: [] };
  try {
    const told = logs.map(({ log, name }): TimedRuns => timedRunsOf(log.report, name));
    const { fitted, missing } = fitLogs(told);
    if (fitted === undefined)
      return { ...none, notes: [`no reboot by kexec in ${logs.length === 1 ? 'it' : 'them'} has a time`] };
    const { fit, profile } = fitted;
    return {
      ...none,
      profile: formatProfile(profile),
      rows: told.reduce((sum, { runs }) => sum + runs.length, 0),
      prices: pricesIn(fit.prices),
      notes: fit.findings.map(({ message }) => message),
      missing: missing.map(({ of }) => of),
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
