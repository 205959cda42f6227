import type { MemoryImage, SegmentContents } from '@kexeckit/relocation';
import type { MachineDescription } from './machine-description.ts';
import type { RebootPlan } from './plan.ts';
import type { Timeline } from './timeline.ts';

/** A plan, and memory as the old kernel has loaded it. */
export interface LoadedReboot {
  readonly plan: RebootPlan;
  readonly contents: SegmentContents;
  readonly image: MemoryImage;
}

/** What a machine reports while it runs. */
export type MachineEvent =
  | { readonly type: 'progress'; readonly step: string; readonly done: number; readonly total: number }
  | { readonly type: 'console'; readonly text: string };

/** How a run is watched and stopped. */
export interface RunOptions {
  readonly onEvent?: (event: MachineEvent) => void;
  readonly signal?: AbortSignal;
}

/** A segment read back from the machine right before the jump. */
export interface ReadBack {
  readonly segment: string;
  readonly bytes: number;
  /** SHA-256 of all `memsz` bytes, in hexadecimal; compared with the segment's own before it is reported. */
  readonly sha256: string;
}

/** What a machine did, in its own units. */
export interface RunReport {
  readonly timeline: Timeline;
  readonly destinations: readonly ReadBack[];
  /** Facts for people: instructions retired, lines cleaned, kernel version seen, … */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** A machine that a plan can run on. It must not ask for memory: a plan has everything. */
export interface Machine {
  readonly name: string;
  /** Reads the machine; nothing is changed. */
  describe(): Promise<MachineDescription>;
  /**
   * Runs a proved plan to its end.
   *
   * @throws RebootError in step `relocation` or `startup`.
   */
  run(reboot: LoadedReboot, options?: RunOptions): Promise<RunReport>;
}
