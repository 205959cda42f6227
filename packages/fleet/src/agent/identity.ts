/** Which host it is, in which boot. */
export interface Identity {
  readonly bootId: string;
  /** Empty where it has none. */
  readonly machineId: string;
  /** As `uname -r` has it. */
  readonly release: string;
  /** As `uname -m` has it. */
  readonly architecture: string;
}
