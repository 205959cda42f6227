import { type PhaseName, type PhaseTime, phaseOrder } from '@kexeckit/reboot';
import type { LiveEvent, LiveFailure, LiveReport } from './events.ts';

/** When a phase began, and when it was over; seconds since the machine was asked for. */
export interface Span {
  readonly phase: PhaseName;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to: number | undefined;
}

/** What is known of a machine so far. */
export interface LiveState {
  readonly spans: readonly Span[];
  /** What was guessed or passed over in the plan. */
  readonly notes: readonly string[];
  /** Whether the next kernel is up, and can be typed to. */
  readonly isUp: boolean;
  /** What it came to: known when the next kernel is up, or where it ended at its jump. */
  readonly report: LiveReport | undefined;
  readonly end: LiveEnd | undefined;
  /** The last moment that was told of, in seconds. */
  readonly seconds: number;
}

/** How it ended. */
export type LiveEnd =
  | { readonly how: 'arrived' }
  | { readonly how: 'failed' | 'cancelled'; readonly error: LiveFailure };

/** Nothing was told yet. */
export const nothingYet: LiveState = {
  ...{ spans: [], notes: [], isUp: false },
  ...{ report: undefined, end: undefined, seconds: 0 },
};

/** What is known when one more event was told. */
export function after(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'phase': {
      const { phase, seconds } = event;
      return { ...state, seconds, spans: [...closed(state.spans, seconds), { phase, from: seconds, to: undefined }] };
    }
    case 'planned':
      return { ...state, seconds: event.seconds, notes: event.notes };
    case 'up': {
      const { seconds, report } = event;
      return { ...state, seconds, isUp: true, report, spans: closed(state.spans, seconds) };
    }
    case 'end': {
      const { seconds } = event;
      const end: LiveEnd = event.how === 'arrived' ? { how: event.how } : { how: event.how, error: event.error };
      const report = event.how === 'arrived' ? event.report : undefined;
      return { ...state, seconds, isUp: false, report, end, spans: closed(state.spans, seconds) };
    }
    default:
      return state;
  }
}

const closed = (spans: readonly Span[], seconds: number): readonly Span[] =>
  spans.map((span) => (span.to === undefined ? { ...span, to: seconds } : span));

/** How a phase stands. */
export type Standing = 'waits' | 'lasts' | 'done' | 'skipped' | 'failed';

/** A phase as it is drawn. */
export interface PhaseLine {
  readonly phase: PhaseName;
  readonly doing: string;
  readonly meaning: string;
  readonly standing: Standing;
  /** Undefined where it has not begun. */
  readonly seconds: number | undefined;
  /** Why it was skipped, where that is known. */
  readonly remark: string | undefined;
  /** Whether the point of no return comes before it. */
  readonly isFirstOfNoReturn: boolean;
  /** From and to, as shares of all the time so far. */
  readonly bars: readonly { readonly from: number; readonly to: number }[];
}

/** Every phase in its order. @param now seconds since the machine was asked for. */
export function phaseLines({ spans, report, end, isUp }: LiveState, now: number): PhaseLine[] {
  const total = Math.max(now, ...spans.map(({ to = 0 }) => to), 0.001);
  const reached = phaseOrder.findLastIndex(({ name }) => spans.some(({ phase }) => phase === name));
  const last = spans.at(-1)?.phase;
  const firstOfNoReturn = phaseOrder.find(({ undoable }) => !undoable)?.name;
  return phaseOrder.map(({ name, doing, meaning }, at): PhaseLine => {
    const own = spans.filter(({ phase }) => phase === name);
    const times = own.map(({ from, to = now }) => ({ from, to: Math.max(from, to) }));
    const isLast = name === last;
    const standing = own.length > 0 ? standingOf(own, isLast ? end : undefined) : passed(at < reached, isUp, end);
    return {
      ...{ phase: name, doing, meaning, standing },
      seconds: own.length === 0 ? undefined : times.reduce((sum, { from, to }) => sum + to - from, 0),
      remark: standing === 'skipped' ? timeOf(report, name)?.remark : undefined,
      isFirstOfNoReturn: name === firstOfNoReturn,
      bars: times.map(({ from, to }) => ({ from: from / total, to: to / total })),
    };
  });
}

function standingOf(own: readonly Span[], end: LiveEnd | undefined): Standing {
  if (own.some(({ to }) => to === undefined)) return 'lasts';
  return end !== undefined && end.how !== 'arrived' ? 'failed' : 'done';
}

/** Of a phase that has not begun. */
function passed(isBehind: boolean, isUp: boolean, end: LiveEnd | undefined): Standing {
  return isBehind || isUp || end?.how === 'arrived' ? 'skipped' : 'waits';
}

const timeOf = (report: LiveReport | undefined, name: PhaseName): PhaseTime | undefined =>
  report?.timeline.find(({ phase }) => phase === name);

/** What there is to say of it all, in a few words. */
export function verdictOf({ end, isUp, report, spans }: LiveState): string {
  if (end === undefined) {
    if (isUp) return 'The next kernel is up';
    const phase = phaseOrder.find(({ name }) => name === spans.at(-1)?.phase);
    return phase === undefined ? 'The files are sent' : `${sentence(phase.doing)} …`;
  }
  if (end.how !== 'arrived') return end.how === 'cancelled' ? 'Ended before it arrived' : 'It did not arrive';
  return report?.nextKernel === undefined ? 'It reached its jump, every byte in its place' : 'The next kernel arrived';
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
