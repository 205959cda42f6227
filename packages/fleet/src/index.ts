export { type Clock, type ClockSettings, realClock, scaledClock } from './clock.ts';
export { FleetError, type FleetErrorDetails } from './error.ts';
export type { RunRequest, RunResult, Transport } from './transport/transport.ts';
