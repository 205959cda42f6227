/** One measured piece of work. */
export interface Benchmark {
  readonly name: string;
  /** Prepares the work; what it returns runs `operations` operations each time it is called. */
  setup(): () => void;
  readonly operations: number;
  /** A naive or reference competitor that does the same operations, measured in the same run. */
  readonly reference?: { readonly name: string; setup(): () => void };
}
