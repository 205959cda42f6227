export type { CommandKind } from './command.ts';
export {
  type CutShare,
  type FarmClass,
  type FarmConfig,
  type FarmHost,
  type FarmInput,
  type FarmTimes,
  farmConfig,
  farmHosts,
} from './config.ts';
export { farmClock } from './farm-clock.ts';
export { type Fate, type FateKind, type FatePolicy, fateKinds, fateOf, inEveryPhase, outcomesOf } from './fates.ts';
export { guestBundles } from './guests.ts';
export type { Halt, Halted } from './halts.ts';
export { type Evidence, judge } from './judge/judge.ts';
export type { Rule, Violation } from './judge/violation.ts';
export { type HostEvent, type LedgerEntry, readLedger } from './ledger.ts';
export { type FarmServer, serveFarm } from './server.ts';
export { type RunningFarm, type StartFarmOptions, startFarm } from './start-farm.ts';
export { type SimulatedOptions, SimulatedTransport } from './transport.ts';
export type { FarmFigures } from './wire.ts';
