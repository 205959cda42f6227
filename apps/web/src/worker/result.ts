import type { Arrival, RebootReport } from '@kexeckit/reboot';
import { figureTexts } from '../features/figures/model.ts';
import { planMarks } from '../features/map/model/marks.ts';
import { planPages } from '../features/map/model/plan-pages.ts';
import { proofRows } from '../features/proof/model.ts';
import { timelineRow } from '../features/timeline/priced.ts';
import type { StrategyResult } from './protocol.ts';

/** Turns a report into what is drawn of it. */
export function resultOf(report: RebootReport<Arrival>): StrategyResult {
  return {
    strategy: report.plan.stage.strategy,
    map: { marks: planMarks(report.plan), pages: planPages(report.plan) },
    timeline: timelineRow(report.ending.timeline),
    proof: proofRows(report.proof),
    figures: figureTexts(report),
  };
}
