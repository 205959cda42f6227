export { type BootArguments, minimalDeviceTree, prepareDeviceTree } from './device-tree.ts';
export { RebootError, type RebootErrorCode, type RebootErrorDetails, type Step } from './error.ts';
export { type Generation, regionProperties } from './generation.ts';
export type {
  LoadedReboot,
  Machine,
  MachineEvent,
  ReadBack,
  RunOptions,
  RunReport,
} from './machine.ts';
export type { MachineDescription } from './machine-description.ts';
export { type MemoryMap, readMemoryMap, regionNames } from './memory-map.ts';
export { type Cargo, type Placement, placeSegments } from './place.ts';
export { type PlannedReboot, planReboot, type RebootPlan } from './plan.ts';
export { parsePlan, savePlan } from './plan-document.ts';
export { compareReadBack } from './read-back.ts';
export { type RebootEvent, type RebootOptions, type RebootReport, reboot, refuseUnproved } from './reboot.ts';
export type { RebootRequest } from './request.ts';
export { SimulatedMachine, type SimulatedOptions } from './simulated/machine.ts';
export { nextKernelMap } from './simulated/next-kernel.ts';
export { stingrayIomem } from './simulated/stingray.ts';
export {
  type Basis,
  type Phase,
  type PhaseTime,
  phases,
  publishedTimelines,
  secondsOf,
  type Timeline,
  totalSeconds,
} from './timeline.ts';
export { coverLetterWorkload, generateWorkload, type Workload } from './workload.ts';
