export { RolloutError, type RolloutErrorDetails } from './error.ts';
export type { HostEntry, Inventory } from './inventory/host.ts';
export type {
  DigestedFile,
  HostClass,
  NextSystem,
  PlannedHost,
  PlannedWave,
  RolloutDocument,
} from './plan/document.ts';
export type { HookCommand, RolloutPolicy, TimeWindow, WavePolicy } from './policy/policy.ts';
export { nextOpening } from './policy/window.ts';
export type { HostPhase, HostResult, Outcome, PhaseTime, Trouble, TroubleCode } from './status/outcome.ts';
export type { Gate, HostState, RolloutStatus } from './status/status.ts';
