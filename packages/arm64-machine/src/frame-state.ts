import { INVALID } from './line-state.ts';
import { Pieces } from './pieces.ts';
import { FRAME_WORDS, GARBAGE } from './sizes.ts';

/** What one CPU asks of the data cache between two DSBs that complete it. */
export interface MaintenanceEpoch {
  /** Whether a DSB has completed it. */
  over: boolean;
}

/** Lines of a frame that a CPU maintains, as a mask. */
export interface Maintained {
  readonly epoch: MaintenanceEpoch;
  /** Lines 0 to 31, 32 to 63, 64 to 95 and 96 to 127. */
  mask0: number;
  mask1: number;
  mask2: number;
  mask3: number;
}

/** What a frame was at a moment. States share arrays that are equal; nothing in them changes. */
export interface FrameState {
  /** Undefined where nobody has looked yet. */
  readonly memory: Uint32Array | undefined;
  readonly cache: Uint32Array | undefined;
  readonly lines: Uint8Array;
  readonly direct: Uint8Array | undefined;
  readonly unified: ReadonlyMap<number, Uint32Array> | undefined;
  readonly watched: number;
  /** What was asked last first; some of it may be over. */
  readonly maintained: readonly Readonly<Maintained>[];
}

/** What of a frame anybody can see. */
type Parts = Pick<FrameState, 'cache' | 'lines' | 'direct' | 'unified' | 'watched'>;

/** Of memory that nobody wrote one copy does for all. */
const nobodys = new Uint32Array(FRAME_WORDS).fill(GARBAGE);

/** The state of a frame; `before` itself where that is what it was before. */
export function saveFrame(
  { cache, lines, direct, unified, watched }: Parts,
  memory: Uint32Array | undefined,
  maintained: readonly Maintained[],
  before: FrameState | undefined,
): FrameState {
  const kept = kept32(memory, before?.memory, nobodys);
  const state: FrameState = {
    memory: kept,
    // Behind a clean they are the same, and one copy does for both.
    cache: isEmpty(lines) ? undefined : kept32(cache, before?.cache, kept),
    lines: before !== undefined && areSame(lines, before.lines) ? before.lines : lines.slice(),
    direct: direct && (areSame(direct, before?.direct) ? before?.direct : direct.slice()),
    unified: areSameMaps(unified, before?.unified) ? before?.unified : unified && new Map(unified),
    watched,
    maintained: areSameMaintained(maintained, before?.maintained)
      ? (before?.maintained ?? [])
      : maintained.map((each) => ({ ...each })),
  };
  return before !== undefined && isSameState(state, before) ? before : state;
}

/** Whether the cache holds no line: what stands where its lines would is nothing then. */
function isEmpty(lines: Uint8Array): boolean {
  for (const state of lines) if (state !== INVALID) return false;
  return true;
}

/** A copy of words, or one of those that are there already. */
function kept32(now: Uint32Array | undefined, first?: Uint32Array, second?: Uint32Array): Uint32Array | undefined {
  if (now === undefined) return undefined;
  if (areSame(now, first)) return first;
  if (areSame(now, second)) return second;
  const copy = copies.take();
  copy.set(now);
  return copy;
}

/** Of their own: they live as long as snapshots do. */
const copies = new Pieces(
  FRAME_WORDS,
  (length) => new Uint32Array(length),
  (whole, from, to) => whole.subarray(from, to),
);

function areSame(a: Uint32Array | Uint8Array, b: Uint32Array | Uint8Array | undefined): boolean {
  if (b === undefined) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Whether maps name the very same lines: what stands in them never changes. */
function areSameMaps(a: FrameState['unified'], b: FrameState['unified']): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.size !== b.size) return false;
  for (const [line, words] of a) if (b.get(line) !== words) return false;
  return true;
}

function areSameMaintained(a: readonly Maintained[], b: FrameState['maintained'] = []): boolean {
  return a.length === b.length && a.every((each, at) => isSameMaintained(each, b[at]));
}

const isSameMaintained = (a: Maintained, b: Readonly<Maintained> | undefined): boolean =>
  a.epoch === b?.epoch && a.mask0 === b.mask0 && a.mask1 === b.mask1 && a.mask2 === b.mask2 && a.mask3 === b.mask3;

const isSameState = (a: FrameState, b: FrameState): boolean =>
  a.memory === b.memory &&
  a.cache === b.cache &&
  a.lines === b.lines &&
  a.direct === b.direct &&
  a.unified === b.unified &&
  a.watched === b.watched &&
  a.maintained === b.maintained;
