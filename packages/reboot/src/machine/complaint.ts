/** What can be wrong when the jump to the next kernel is reached, or why it is not. */
export type ArrivalComplaint =
  /** A destination differs from its segment. */
  | 'contents'
  /** The routine found a wrong digest and stopped. */
  | 'digest'
  /** The caches hold newer bytes than memory. */
  | 'dirty lines'
  /** The caches hold older bytes than memory. */
  | 'stale lines'
  /** Lines are still on their way to memory. */
  | 'unfinished lines'
  /** The instruction cache holds old code. */
  | 'old instructions'
  /** Registers, masks, MMU or level are not as the boot protocol wants them. */
  | 'hand-over'
  /** Something was written that the plan does not own, or must not change. */
  | 'stray write'
  /** Memory was accessed that is not of the plan. */
  | 'stray access'
  /** An instruction was executed that a routine has no use for: it waits, calls firmware, or asks what may differ. */
  | 'instruction'
  /** A control register does not hold what the architecture asks for. */
  | 'registers'
  /** Interrupts could be taken while the routine ran. */
  | 'interrupt'
  /** The console does not show the stages of the relocation. */
  | 'console'
  /** The jump was not reached in time. */
  | 'never ends'
  /** The CPU took an exception, or broke a rule of the architecture. */
  | 'fault';
