import { type Basis, type Phase, phases, type Timeline } from '@kexeckit/reboot';

/** A phase of a row; `undefined` seconds where the timeline says nothing of it. */
export interface PhaseCell {
  readonly phase: Phase;
  readonly basis: Basis | undefined;
  readonly seconds: number | undefined;
  readonly note: string | undefined;
}

/** A stacked bar with its numbers. */
export interface TimelineRow {
  readonly label: string;
  readonly cells: readonly PhaseCell[];
  /** Seconds of what was run. */
  readonly total: number;
  /** The same, and what was skipped. */
  readonly totalWithSkipped: number;
}

/** One coloured piece of a bar, from and to in seconds. */
export interface BarPiece {
  readonly phase: Phase;
  readonly basis: Basis;
  readonly from: number;
  readonly to: number;
}

/** A bar: pieces that follow each other, and skipped phases that were left out of it. */
export interface Bar {
  readonly pieces: readonly BarPiece[];
  readonly leftOut: readonly PhaseCell[];
}

/** Turns a timeline into a row: all four phases, in their order. */
export function timelineRow(timeline: Timeline): TimelineRow {
  const cells = phases.map((phase): PhaseCell => {
    const time = timeline.phases.find((candidate) => candidate.phase === phase);
    return { phase, basis: time?.basis, seconds: time?.seconds, note: time?.note };
  });
  const sum = (counted: readonly PhaseCell[]): number =>
    counted.reduce((total, cell) => total + (cell.seconds ?? 0), 0);
  return {
    label: timeline.label,
    cells,
    total: sum(cells.filter(({ basis }) => basis !== 'skipped')),
    totalWithSkipped: sum(cells),
  };
}

/** Lays a row out as a bar; skipped phases take their place in it only where they are asked for. */
export function barOf(row: TimelineRow, withSkipped: boolean): Bar {
  const pieces: BarPiece[] = [];
  const leftOut: PhaseCell[] = [];
  let at = 0;
  for (const cell of row.cells) {
    if (cell.basis === undefined || cell.seconds === undefined) continue;
    if (cell.basis === 'skipped' && !withSkipped) {
      leftOut.push(cell);
      continue;
    }
    pieces.push({ phase: cell.phase, basis: cell.basis, from: at, to: at + cell.seconds });
    at += cell.seconds;
  }
  return { pieces, leftOut };
}
