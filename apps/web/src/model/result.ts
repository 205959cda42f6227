import type { RebootReport } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';
import { type Fact, factsOf } from './facts.ts';
import { type LegendEntry, legendOf } from './legend.ts';
import { type MapModel, mapOf } from './map.ts';
import { type MapTableRow, mapTable } from './map-table.ts';
import { type ProofRow, proofRows } from './proof.ts';
import { type TimelineRow, timelineRow } from './timeline.ts';

/** A machine before anything is planned on it. */
export interface MapView {
  readonly map: MapModel;
  readonly legend: readonly LegendEntry[];
  readonly table: readonly MapTableRow[];
}

/** Everything that the page draws of one strategy: plain data that a worker can post. */
export interface StrategyResult extends MapView {
  readonly strategy: StrategyName;
  readonly timeline: TimelineRow;
  readonly proof: readonly ProofRow[];
  readonly facts: readonly Fact[];
}

/** The map of a machine alone. */
export function machineView(iomem: string): MapView {
  const map = mapOf(iomem);
  return { map, legend: legendOf(map), table: mapTable(map, undefined) };
}

/** Turns a report into what is drawn of it. */
export function resultOf(iomem: string, report: RebootReport): StrategyResult {
  const plan = report.plan.relocation;
  const map = mapOf(iomem, report.plan);
  return {
    strategy: plan.strategy,
    map,
    legend: legendOf(map, plan),
    table: mapTable(map, plan),
    timeline: timelineRow(report.timeline),
    proof: proofRows(report.proof),
    facts: factsOf(report),
  };
}
