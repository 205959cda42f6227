export {
  type Agent,
  type AgentLimits,
  agentLimits,
  agentOver,
  BUNDLE_MOST,
} from './agent/agent.ts';
export type { Identity } from './agent/identity.ts';
export { type Clock, type ClockSettings, realClock, scaledClock } from './clock.ts';
export { FleetError, type FleetErrorDetails } from './error.ts';
export { type FolderOptions, makeFolder } from './make-folder.ts';
export { type HostReality, realityOfBundle } from './reality/class-key.ts';
export { type ClassPlanOptions, type PlannedClasses, planClass, planClasses } from './reality/class-plan.ts';
export { planInThread } from './reality/plan-in-thread.ts';
export { type FoundClass, type LeftHost, type Survey, type SurveyOptions, survey } from './reality/survey.ts';
export { LocalTransport } from './transport/local.ts';
export { type SshOptions, SshTransport } from './transport/ssh.ts';
export type { RunRequest, RunResult, Transport } from './transport/transport.ts';
