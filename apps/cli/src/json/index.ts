import type * as v from 'valibot';
import { compare } from './compare.ts';
import { diff } from './diff.ts';
import { disasm } from './disasm.ts';
import { doctor } from './doctor.ts';
import { dtbCheck, dtbDiff, dtbEdit, dtbGet, dtbShow, node, property } from './dtb.ts';
import { error, planChange, violation } from './error.ts';
import { estimate } from './estimate.ts';
import { explain, explanation, finding, landing, occurrence } from './explain.ts';
import {
  fleetFarm,
  fleetOrder,
  fleetPlan,
  fleetReport,
  fleetStatus,
  fleetStatusOrList,
  fleetWorker,
  hostResult,
  hostState,
} from './fleet.ts';
import { load, slots, status } from './host.ts';
import { image } from './image.ts';
import { memory } from './memory.ts';
import { plan } from './plan.ts';
import { figures, proof, segment } from './plan-parts.ts';
import { priceOfOne as price, profileFinding } from './profile.ts';
import { arrival, reboot } from './reboot.ts';
import { evidence, offer } from './route.ts';
import { completion, lab } from './small.ts';
import { attributes, space, tablesBuild, tablesCheck, tablesDecode, tablesList, tablesWalk } from './tables.ts';
import { line, passage, phaseTime, stop, timeline } from './timeline.ts';

/** What a command prints with `--json`. */
export interface PrintedDocument {
  readonly schema: v.GenericSchema;
  /** What stands in it more than once, or holds itself, by the name that its definition gets. */
  readonly parts: Readonly<Record<string, v.GenericSchema>>;
}

const rebootParts = { arrival, segment, proof, figures, profileFinding };
const dtbParts = { node, property };
const tablesParts = { space, attributes };
const explainParts = { finding, landing, occurrence };
const fleetParts = { hostState, hostResult };
const only = (schema: v.GenericSchema): PrintedDocument => ({ schema, parts: {} });

/** Every document, by its command: words of it are joined by `-`. `error` is what each prints that has no result. */
export const documents: Readonly<Record<string, PrintedDocument>> = {
  error: { schema: error, parts: { planChange, violation } },
  reboot: { schema: reboot, parts: rebootParts },
  run: { schema: reboot, parts: rebootParts },
  plan: only(plan),
  prove: only(plan),
  diff: only(diff),
  compare: { schema: compare, parts: { ...rebootParts, offer, evidence } },
  doctor: { schema: doctor, parts: { evidence } },
  load: only(load),
  exec: only(slots),
  unload: only(slots),
  status: only(status),
  'fleet-plan': only(fleetPlan),
  'fleet-run': { schema: fleetStatus, parts: fleetParts },
  'fleet-worker': only(fleetWorker),
  'fleet-status': { schema: fleetStatusOrList, parts: fleetParts },
  'fleet-pause': only(fleetOrder),
  'fleet-resume': only(fleetOrder),
  'fleet-abort': only(fleetOrder),
  'fleet-bypass': only(fleetOrder),
  'fleet-report': only(fleetReport),
  'fleet-farm': only(fleetFarm),
  timeline: { schema: timeline, parts: { line, passage, phaseTime, stop, price, profileFinding } },
  explain: { schema: explain, parts: explainParts },
  memory: only(memory),
  estimate: { schema: estimate, parts: { explanation, ...explainParts } },
  image: only(image),
  'dtb-show': { schema: dtbShow, parts: dtbParts },
  'dtb-get': { schema: dtbGet, parts: { property } },
  'dtb-set': { schema: dtbEdit, parts: dtbParts },
  'dtb-delete': { schema: dtbEdit, parts: dtbParts },
  'dtb-overlay': { schema: dtbEdit, parts: dtbParts },
  'dtb-diff': { schema: dtbDiff, parts: dtbParts },
  'dtb-check': only(dtbCheck),
  disasm: only(disasm),
  'tables-build': { schema: tablesBuild, parts: { space } },
  'tables-walk': { schema: tablesWalk, parts: tablesParts },
  'tables-list': { schema: tablesList, parts: tablesParts },
  'tables-check': only(tablesCheck),
  'tables-decode': only(tablesDecode),
  lab: only(lab),
  completion: only(completion),
};
