import type { Frame } from './frame.ts';
import type { FrameState } from './frame-state.ts';

/** Memory at a moment, as what differs from an earlier one. */
export interface HistoryPoint {
  /** Undefined for the first. */
  readonly before: HistoryPoint | undefined;
  /** Of the first: every frame that was used since, as it was then. */
  readonly states: Map<Frame, FrameState>;
}

/**
 * What frames were at each snapshot. A frame is kept where it was used since the snapshot before and has changed, so a snapshot costs
 * what happened in between, not all of memory.
 *
 * Points may branch: whoever goes back and then another way makes points of that way.
 */
export class FrameHistory {
  /** Counts stretches between snapshots; 0 before the first: see `Frame.usedIn`. */
  interval = 0;
  #first: HistoryPoint | undefined;
  #last: HistoryPoint | undefined;
  /** What frames were at the last point. */
  #known = new Map<Frame, FrameState>();
  readonly #used = new Set<Frame>();

  /** A frame may change from here on. */
  use(frame: Frame): void {
    frame.usedIn = this.interval;
    this.#used.add(frame);
    if (this.#first === undefined || this.#known.has(frame)) return;
    // It has been so since the first point.
    const state = this.#first.states.get(frame) ?? frame.save();
    this.#first.states.set(frame, state);
    this.#known.set(frame, state);
  }

  /** Memory as it is now. */
  save(): HistoryPoint {
    const states = new Map<Frame, FrameState>();
    for (const frame of this.#used) {
      const before = this.#known.get(frame);
      const state = frame.save(before);
      if (state === before) continue;
      states.set(frame, state);
      this.#known.set(frame, state);
    }
    const point = { before: this.#last, states };
    this.#first ??= point;
    this.#goOnFrom(point);
    return point;
  }

  /** Memory as it was. */
  restore(point: HistoryPoint): void {
    const known = point === this.#last ? this.#known : resolve(point);
    const changed = point === this.#last ? this.#used : known.keys();
    for (const frame of changed) {
      const state = known.get(frame);
      if (state !== undefined && (this.#used.has(frame) || state !== this.#known.get(frame))) frame.restore(state);
    }
    this.#known = known;
    this.#goOnFrom(point);
  }

  #goOnFrom(point: HistoryPoint): void {
    this.#last = point;
    this.#used.clear();
    this.interval += 1;
  }
}

/** The state of every frame at a point: what was noted last on the way there. */
function resolve(point: HistoryPoint): Map<Frame, FrameState> {
  const found = new Map<Frame, FrameState>();
  for (let at: HistoryPoint | undefined = point; at !== undefined; at = at.before)
    for (const [frame, state] of at.states) if (!found.has(frame)) found.set(frame, state);
  return found;
}
