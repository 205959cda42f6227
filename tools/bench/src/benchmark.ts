/** One measured piece of work: plain data, one file per subject, in the package that they measure. */
export interface Benchmark {
  readonly name: string;
  /** Prepares the work; what it returns does `operations` operations each time it is called. */
  setup(): () => void;
  readonly operations: number;
  /** At most so many samples, where one takes seconds. */
  readonly samples?: number | undefined;
  /** A naive or reference competitor that does the same operations, measured in the same run. */
  readonly reference?: Competitor | OutsideCompetitor | undefined;
  /** A published figure to hold against ours, in nanoseconds per operation, from another machine. */
  readonly mark?: { readonly name: string; readonly nanoseconds: number } | undefined;
}

/** A competitor in JavaScript, called as the benchmark is. */
export interface Competitor {
  readonly name: string;
  setup(): () => void;
}

/** A competitor in a program of its own, which times itself. */
export interface OutsideCompetitor {
  readonly name: string;
  /** Makes the program ready; what it returns takes one sample, in nanoseconds per operation. Undefined: not to be had here. */
  program(): (() => number) | undefined;
}
