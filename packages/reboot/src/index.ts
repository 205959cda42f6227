export { checkInputs, checkMachine, diffPlans } from './document/compare.ts';
export type { PlanChange } from './document/diff.ts';
export { PLAN_TEXT_MAX, parsePlan, savePlan } from './document/document.ts';
export { RebootError, type RebootErrorCode, type RebootErrorDetails } from './error.ts';
export {
  type CrashKernelEstimate,
  type CrashKernelNeeds,
  estimateCrashKernel,
  type KnownSize,
  type Summand,
} from './estimate/crash-kernel.ts';
export { estimateKexecRegion, type KexecRegionEstimate } from './estimate/kexec-region.ts';
export {
  type ArrivalExpectation,
  type ArrivalProbe,
  type CacheComplaint,
  checkArrival,
  compareReadBack,
  digestMismatch,
  type JumpState,
} from './machine/arrival.ts';
export type { ArrivalComplaint } from './machine/complaint.ts';
export { type EntryRegister, type EntryState, entryState } from './machine/entry-state.ts';
export type { PageLoan, PageNeed } from './machine/loan.ts';
export type { LoadedReboot, Machine, Staged } from './machine/machine.ts';
export { type CommitMark, formatMark, parseMark } from './machine/mark.ts';
export { digestPages, type ReadPage } from './machine/page-digest.ts';
export {
  type Arrival,
  type Departure,
  type Ending,
  type Figure,
  type FigureName,
  figureOf,
  type NextKernel,
  type ReadBack,
  type Unit,
} from './machine/report.ts';
export { type StagedActions, Staging } from './machine/staging.ts';
export {
  type Phase,
  type PhaseName,
  type PhaseRow,
  phaseOrder,
  phases,
  type Reporter,
  type TimedPhase,
  timedPhases,
} from './phases.ts';
export { type CompleteMachine, completeMachine } from './plan/complete-tree.ts';
export { type BootArguments, type DeviceTreeDraft, draftDeviceTree, minimalDeviceTree } from './plan/device-tree.ts';
export type { Generation } from './plan/generation.ts';
export { initrdNote } from './plan/initrd-note.ts';
export type { FileDigest, InputDigests } from './plan/inputs.ts';
export { type Kept, keptBy } from './plan/kept.ts';
export { kernelFits } from './plan/kernel-fits.ts';
export { type MapOptions, type MemoryMap, type ReservationWish, readMemoryMap } from './plan/memory-map.ts';
export { type OperatorStep, operatorSteps } from './plan/operator-steps.ts';
export { type Lend, OWN_PAGES_ROW } from './plan/own-pages.ts';
export { type Cargo, type Places, placeSegments } from './plan/place.ts';
export { type OwnedContents, type PlannedReboot, planReboot, type RebootPlan, reloadContents } from './plan/plan.ts';
export {
  type InputFiles,
  type KernelPart,
  kernelParts,
  type PlannedWishes,
  type RebootRequest,
  type RebootWishes,
} from './plan/request.ts';
export { publishedTimelines } from './published.ts';
export { digestReality, type RealityDigest } from './reality/digest.ts';
export { type FeatureRegister, featureRegisters, featuresOf } from './reality/features.ts';
export { type Console, type CpuFeatures, type Reality, type RealityParts, realityOf } from './reality/reality.ts';
export {
  asDescribed,
  type RehearsalConfiguration,
  rehearsalConfigurations,
} from './rehearsal/configuration.ts';
export { configurationsFor, type RehearsalOptions, rehearse, rehearseOn } from './rehearsal/rehearse.ts';
export type { RehearsalReport, RehearsalRun } from './rehearsal/report.ts';
export { type DuringOptions, during } from './road/during.ts';
export {
  commitReboot,
  lookAgain,
  type ProvedReboot,
  proveReboot,
  type RebootJob,
  type RebootOptions,
  type RebootReport,
  reboot,
  refuseUnproved,
  type SavedReboot,
  type StagedReboot,
  stageReboot,
} from './road/reboot.ts';
export { undo } from './road/undo.ts';
export { SimulatedMachine } from './simulated/machine.ts';
export { type NextKernelOptions, nextKernelMap } from './simulated/next-kernel.ts';
export type { SimulatedOptions } from './simulated/options.ts';
export { stingrayIomem } from './simulated/stingray.ts';
export { digestCounts, type PhaseCounts, pricedTimeline } from './strict/priced.ts';
export { StrictRun, type StrictStop } from './strict/strict-run.ts';
export {
  type Basis,
  type KnownTime,
  type PhaseTime,
  type Remark,
  secondsOf,
  type Timeline,
  totalSeconds,
  type UnknownTime,
} from './timeline.ts';
export type { ProgressUnit, RebootEvent, Watch } from './watch.ts';
export { coverLetterWorkload, generateWorkload, type Workload } from './workload.ts';
