export type { Came } from './boots.ts';
export type { EventKind } from './events.ts';
export type { Fault } from './fault.ts';
export { fitLogs, type LogsFit, type ProfileNames } from './fit.ts';
export type { DebugSegment, KexecLoad } from './kexec-load.ts';
export {
  type KeptVerdict,
  type LastEvidence,
  type LastReport,
  type MarkVerdict,
  reportLast,
  type StartedBy,
} from './last.ts';
export type {
  EvidencedPhase,
  EvidencedTime,
  Limit,
  MeasuredTime,
  Passage,
  SaidLine,
  Unknown,
  UnknownTime,
} from './passage.ts';
export type { Bound, Span, SpanClock } from './spans.ts';
export { isTrouble, type Stop, type StopKind } from './stop.ts';
export type { LogLine } from './text/lines.ts';
export type { LoggerClock, LoggerTime } from './text/logger.ts';
export { type LeftOut, type LeftOutReason, type TimedRuns, timedRunsOf } from './timed-runs.ts';
export {
  type BootLines,
  LogReading,
  type LogReport,
  type ReadLog,
  reportLog,
  reportLogInSteps,
  type Sign,
} from './timeline.ts';
export { stopWords, unknownWords } from './words.ts';
