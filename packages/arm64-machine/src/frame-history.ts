import type { Frame } from './frame.ts';
import type { FrameState } from './frame-state.ts';

/** Memory at a moment, as what differs from an earlier one. */
export interface HistoryPoint {
  /** Undefined for the first. */
  readonly before: HistoryPoint | undefined;
  /** How many points are before it. */
  readonly depth: number;
  readonly changes: readonly Change[];
}

/** A frame that was something else at the point before. */
interface Change {
  readonly frame: Frame;
  readonly from: FrameState;
  readonly to: FrameState;
}

/**
 * What frames were at each snapshot. A frame is kept where it was used since the snapshot before and has changed, so a snapshot costs
 * what happened in between, not all of memory; and going from one to another costs what has changed on the way.
 *
 * Points may branch: whoever goes back and then another way makes points of that way.
 */
export class FrameHistory {
  /** Counts stretches between snapshots; 0 before the first: see `Frame.usedIn`. */
  interval = 0;
  #last: HistoryPoint | undefined;
  /** What frames were at the last point; those that were never used are as they were at the first. */
  readonly #known = new Map<Frame, FrameState>();
  readonly #used = new Set<Frame>();
  /** Frames that may have changed since somebody asked; undefined where nobody has. */
  #changed: Set<Frame> | undefined;

  /** A frame may change from here on. */
  use(frame: Frame): void {
    frame.usedIn = this.interval;
    this.#used.add(frame);
    if (this.#last !== undefined && !this.#known.has(frame)) this.#known.set(frame, frame.save());
  }

  /** Memory as it is now. */
  save(): HistoryPoint {
    const changes: Change[] = [];
    for (const frame of this.#used) {
      this.#changed?.add(frame);
      const from = this.#known.get(frame);
      const to = frame.save(from);
      this.#known.set(frame, to);
      if (from !== undefined && to !== from) changes.push({ frame, from, to });
    }
    const point = { before: this.#last, depth: (this.#last?.depth ?? -1) + 1, changes };
    this.#goOnFrom(point);
    return point;
  }

  /** Memory as it was. */
  restore(point: HistoryPoint): void {
    const was = new Map<Frame, FrameState | undefined>();
    for (const frame of this.#used) was.set(frame, undefined);
    const become = (frame: Frame, state: FrameState): void => {
      if (!was.has(frame)) was.set(frame, this.#known.get(frame));
      this.#known.set(frame, state);
    };
    const there: HistoryPoint[] = [];
    let [here, other] = [this.#last, point as HistoryPoint | undefined];
    while (here !== other) {
      if (here !== undefined && here.depth >= (other?.depth ?? 0)) {
        for (const { frame, from } of here.changes) become(frame, from);
        here = here.before;
      } else if (other !== undefined) {
        there.push(other);
        other = other.before;
      }
    }
    for (const { changes } of there.reverse()) for (const { frame, to } of changes) become(frame, to);
    for (const [frame, before] of was) {
      const state = this.#known.get(frame);
      if (state === undefined || state === before) continue;
      frame.restore(state, before);
      this.#changed?.add(frame);
    }
    this.#goOnFrom(point);
  }

  /** Frames that may have changed since this was last asked; undefined the first time: any. */
  takeChanged(): ReadonlySet<Frame> | undefined {
    const taken = this.#changed;
    for (const frame of this.#used) taken?.add(frame);
    this.#changed = new Set();
    return taken;
  }

  #goOnFrom(point: HistoryPoint): void {
    this.#last = point;
    this.#used.clear();
    this.interval += 1;
  }
}
