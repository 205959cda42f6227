import type { Arrival, Reality, RebootReport } from '@kexeckit/reboot';
import { figureTexts } from '../features/figures/model.ts';
import { mapView } from '../features/memory-map/model/view.ts';
import { proofRows } from '../features/proof/model.ts';
import { timelineRow } from '../features/timeline/model.ts';
import type { StrategyResult } from './protocol.ts';

/** Turns a report into what is drawn of it. */
export function resultOf(reality: Reality, report: RebootReport<Arrival>): StrategyResult {
  return {
    strategy: report.plan.stage.strategy,
    map: mapView(reality, report.plan),
    timeline: timelineRow(report.ending.timeline),
    proof: proofRows(report.proof),
    figures: figureTexts(report),
  };
}
