/**
 * Who tells what happened in a phase.
 *
 * `process` this process, while it happens · `arrival` whoever is there when the next kernel arrives: the machine that
 * ran it, or on a host, whose process is gone, the next boot.
 */
export type Reporter = 'process' | 'arrival';

/** One phase of a reboot. */
export interface PhaseRow {
  readonly name: string;
  /** Whether the machine can still be left as it was. */
  readonly undoable: boolean;
  readonly reporter: Reporter;
  /** Seconds that it may take before it counts as hung. */
  readonly limit: number;
  /** What a person is told while it lasts. */
  readonly doing: string;
  /** What it is, in one sentence. */
  readonly meaning: string;
}

/**
 * All phases of a reboot, in their order. Steps, progress, events, errors, timeline and documentation come from here.
 * The point of no return lies between the last phase that can be undone and the first that cannot.
 */
export const phases = {
  inputs: {
    name: 'inputs',
    undoable: true,
    reporter: 'process',
    limit: 60,
    doing: 'reading what was asked for',
    meaning: 'kernel, initramfs and options, or a saved plan, are read and checked',
  },
  describe: {
    name: 'describe',
    undoable: true,
    reporter: 'process',
    limit: 30,
    doing: 'reading the machine',
    meaning: 'the machine says what it is: memory, CPUs, exception level, console, device tree',
  },
  plan: {
    name: 'plan',
    undoable: true,
    reporter: 'process',
    limit: 60,
    doing: 'planning',
    meaning: 'every page gets its place, every table and every word of code its content',
  },
  load: {
    name: 'load',
    undoable: true,
    reporter: 'process',
    limit: 60,
    doing: 'loading',
    meaning: 'memory is written as the old kernel would have it, in a copy of our own',
  },
  prove: {
    name: 'prove',
    undoable: true,
    reporter: 'process',
    limit: 120,
    doing: 'proving',
    meaning: 'every invariant is checked over every page; a violation ends the reboot',
  },
  rehearse: {
    name: 'rehearse',
    undoable: true,
    reporter: 'process',
    limit: 300,
    doing: 'rehearsing',
    meaning: 'the loaded words run on the strict machine, in a copy, and are judged by what they do',
  },
  stage: {
    name: 'stage',
    undoable: true,
    reporter: 'process',
    limit: 60,
    doing: 'staging',
    meaning: 'the machine takes the image, ready to run; it can still be discarded',
  },
  quiesce: {
    name: 'quiesce',
    undoable: true,
    reporter: 'process',
    limit: 120,
    doing: 'coming to rest',
    meaning: 'what the old kernel has not written yet is written; it goes on as before if the reboot is given up',
  },
  shutdown: {
    name: 'shutdown',
    undoable: false,
    reporter: 'arrival',
    limit: 120,
    doing: 'shutting down',
    meaning: 'the old kernel stops its devices and all CPUs but one',
  },
  relocation: {
    name: 'relocation',
    undoable: false,
    reporter: 'arrival',
    limit: 180,
    doing: 'relocating',
    meaning: 'pages are moved to where they must run, and cleaned to memory',
  },
  checksum: {
    name: 'checksum',
    undoable: false,
    reporter: 'arrival',
    limit: 60,
    doing: 'verifying',
    meaning: 'the SHA-256 of every segment is compared before the jump',
  },
  startup: {
    name: 'startup',
    undoable: false,
    reporter: 'arrival',
    limit: 180,
    doing: 'starting',
    meaning: 'the next kernel runs, up to user space',
  },
} as const;

/** The name of a phase. */
export type PhaseName = keyof typeof phases;

/** A row of {@link phases}. */
export type Phase = (typeof phases)[PhaseName];

/** All phases in their order. */
export const phaseOrder: readonly (Phase & PhaseRow)[] = Object.values(phases);

/** The name of a phase behind the point of no return: what a timeline consists of. */
export type TimedPhase = Extract<Phase, { readonly undoable: false }>['name'];

const isTimed = (phase: Phase): phase is Extract<Phase, { readonly undoable: false }> => !phase.undoable;

/** The phases of a timeline, in their order: shutdown, relocation, checksum, startup. */
export const timedPhases: readonly TimedPhase[] = phaseOrder.filter(isTimed).map(({ name }) => name);
