import type { Timeline } from '../timeline.ts';

/** What a figure counts. */
export type Unit = 'instructions' | 'accesses' | 'lines' | 'walks' | 'frames' | 'bytes' | 'segments';

/** Something that a machine counted. Rendering formats it. */
export interface Figure {
  readonly name: FigureName;
  readonly value: number;
  readonly unit: Unit;
}

/** What machines count; each counts what it can see. */
export type FigureName =
  | 'instructions retired'
  | 'uncached accesses'
  | 'cache lines filled'
  | 'cache lines cleaned'
  | 'table walks'
  | 'frames touched'
  | 'segments verified';

/** A segment read back from the machine right before the jump. */
export interface ReadBack {
  readonly segment: string;
  readonly bytes: number;
  /** SHA-256 of all `memsz` bytes, in hexadecimal; compared with the segment's own before it is reported. */
  readonly sha256: string;
}

/** What the next kernel said of itself. */
export interface NextKernel {
  /** As in "Linux version 6.1.0-50-arm64"; undefined where it printed none. */
  readonly version: string | undefined;
  /** The line of its console that ended the reboot. */
  readonly reached: string;
}

/** How a reboot ends on a machine that can see the next kernel arrive. */
export interface Arrival {
  readonly kind: 'arrival';
  readonly timeline: Timeline;
  readonly destinations: readonly ReadBack[];
  readonly figures: readonly Figure[];
  /** What the relocation's breadcrumbs were: everything on the console up to the jump. */
  readonly breadcrumbs: string;
  /** The physical address of the jump, where every destination was compared. */
  readonly jump: bigint;
  /** Undefined on machines that stop at the jump. */
  readonly nextKernel: NextKernel | undefined;
}

/** How a reboot ends on a host: this process does not survive it, and the next boot reports. */
export interface Departure {
  readonly kind: 'departure';
  /** What the next boot finds the report by. */
  readonly reportedBy: 'next boot';
}

/** How a reboot can end. */
export type Ending = Arrival | Departure;

/** The value of a figure; undefined where the machine does not count it. */
export function figureOf(arrival: Arrival, name: FigureName): number | undefined {
  return arrival.figures.find((figure) => figure.name === name)?.value;
}
