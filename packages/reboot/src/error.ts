import type { Proof } from '@kexeckit/relocation';

/** The steps of a reboot, in their order. Up to `prove` everything can be undone. */
export type Step = 'inputs' | 'plan' | 'load' | 'prove' | 'relocation' | 'startup';

/** Errno names that a reboot fails with. */
export type RebootErrorCode =
  | 'EINVAL'
  | 'ENOEXEC'
  | 'ENOSPC'
  | 'ENOENT'
  | 'ENODEV'
  | 'EIO'
  | 'ETIMEDOUT'
  | 'EFAULT'
  | 'ECANCELED';

/** What can come with a `RebootError`. */
export interface RebootErrorDetails {
  readonly hint: string;
  /** The console's last lines, where a machine had one. */
  readonly console?: readonly string[];
  /** What the proof found. */
  readonly proof?: Proof;
  readonly cause?: unknown;
}

/** A reboot that failed: in which step, of what, and what to do. */
export class RebootError extends Error {
  override readonly name = 'RebootError';
  readonly step: Step;
  readonly code: RebootErrorCode;
  readonly hint: string;
  readonly console: readonly string[];
  readonly proof: Proof | undefined;

  constructor(step: Step, code: RebootErrorCode, message: string, details: RebootErrorDetails) {
    super(`${message}; ${details.hint}`, { cause: details.cause });
    this.step = step;
    this.code = code;
    this.hint = details.hint;
    this.console = details.console ?? [];
    this.proof = details.proof;
  }
}
