import type { RebootPlan } from '@kexeckit/reboot';
import { type LegendEntry, legendOf } from './legend.ts';
import { type MachineMemory, type MapModel, mapOf } from './map.ts';
import { type MapTableRow, mapTable } from './map-table.ts';

/** Everything that the memory map draws: plain data that a worker can post. */
export interface MapView {
  readonly map: MapModel;
  readonly legend: readonly LegendEntry[];
  readonly table: readonly MapTableRow[];
}

/** The map of a machine, and of a plan on it where there is one. */
export function mapView(machine: MachineMemory, plan?: RebootPlan): MapView {
  const map = mapOf(machine, plan);
  return { map, legend: legendOf(map, plan !== undefined), table: mapTable(map, plan) };
}
