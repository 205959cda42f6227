export { RolloutError, type RolloutErrorDetails } from './error.ts';
export type { HostEntry, Inventory } from './inventory/host.ts';
export { readInventory } from './inventory/read-inventory.ts';
export { parseSelector, type Requirement, type Selector, selects } from './inventory/selector.ts';
export type {
  DigestedFile,
  HostClass,
  NextSystem,
  PlannedHost,
  PlannedWave,
  RolloutDocument,
} from './plan/document.ts';
export { isRolloutId } from './plan/document-schema.ts';
export { checkRolloutDocument, readRolloutDocument, saveRolloutDocument } from './plan/read-document.ts';
export { type PlannedWaves, planWaves } from './plan/waves.ts';
export { checkPolicy } from './policy/check-policy.ts';
export { formatDuration, parseDuration } from './policy/duration.ts';
export type { HookCommand, RolloutPolicy, TimeWindow, WavePolicy } from './policy/policy.ts';
export { readPolicy } from './policy/read-policy.ts';
export { policyDefaults } from './policy/schema.ts';
export { isOpen, nextOpening } from './policy/window.ts';
export { reportHtml } from './report/html.ts';
export { prometheusText } from './report/prometheus.ts';
export { checkStatus, type StatusFault, type StatusFaultCode } from './status/check-status.ts';
export { type Distribution, distributionOf, type HistogramBin } from './status/distribution.ts';
export type {
  Evidence,
  HostPhase,
  HostResult,
  LoggedTime,
  Outcome,
  PhaseTime,
  TimeBound,
  Trouble,
  TroubleCode,
} from './status/outcome.ts';
export { hostPhases, outcomes, timeBounds } from './status/phases.ts';
export type { Gate, HostState, RolloutStatus } from './status/status.ts';
export {
  countOutcomes,
  downtimesOf,
  type HostStanding,
  phaseTimesOf,
  resultsOf,
  standingOf,
} from './status/summary.ts';
