import { isTrouble, type Stop } from '@kexeckit/evidence';
import type { FromHost, FromLog } from '../commands/timeline/run.ts';
import type { EvidenceJson } from '../json/timeline.ts';

/** What logs and hosts say, with its sums. */
export function evidenceJson(result: FromLog | FromHost): EvidenceJson {
  const { stops } = result.report;
  const troubles = stops.filter((stop: Stop) => isTrouble(stop)).length;
  if (result.kind === 'last') {
    const { kind, report, unread } = result;
    return { kind, report, unread, totals: { stops: stops.length, troubles, unread: Object.keys(unread).length } };
  }
  const { kind, report } = result;
  const timed = report.passages.flatMap(({ total }) => (total.basis === 'measured' ? [total.seconds] : []));
  return {
    kind,
    report,
    totals: {
      boots: report.boots.length,
      passages: report.passages.length,
      timed: timed.length,
      seconds: timed.reduce((sum, seconds) => sum + seconds, 0),
      troubles,
      loads: report.loads.length,
      loadedBytes: report.loads.reduce(
        (sum, { segments }) => segments.reduce((bytes, { memsz }) => bytes + Number(memsz), sum),
        0,
      ),
    },
  };
}
